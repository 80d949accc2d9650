// The chat: what goes to the server with a question, what the browser keeps, and the buttons of an answer.
import { mountFeedback } from "./feedback.js";
import { mountLibrary } from "./library.js";
import { copyText } from "./quoting.js";
import { mountReader, refreshReader } from "./reader.js";

const CHAT = "citewell.chat.";
const MOST_CHATS = 50;
const LOOK_EVERY = 2500; // milliseconds between looks at the library: a change shows within five seconds
const LOST = "The connection to Citewell was lost. Is “qa serve” still running? Trying again …";

const id = () => crypto.getRandomValues(new Uint32Array(4)).reduce((text, n) => text + n.toString(16).padStart(8, "0"), "");
const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

const tab = id();
let chat = { id: id(), title: "", when: 0, conversation: null };
let pending = null; // the question that waits for its answer
let instead = null; // the turn that is asked anew
let generation = null;

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") element.textContent = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

// ---- what the browser keeps

function stored(key) {
  try {
    const kept = JSON.parse(localStorage.getItem(CHAT + key));
    return kept && typeof kept === "object" && Array.isArray(kept.conversation?.turns) ? kept : null;
  } catch {
    return null;
  }
}

function storedChats() {
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(CHAT))
    .map((key) => stored(key.slice(CHAT.length)))
    .filter(Boolean)
    .sort((a, b) => b.when - a.when);
}

function store() {
  for (const old of storedChats().slice(MOST_CHATS)) localStorage.removeItem(CHAT + old.id);
  for (;;) {
    try {
      localStorage.setItem(CHAT + chat.id, JSON.stringify(chat));
      return;
    } catch {
      const oldest = storedChats().filter((one) => one.id !== chat.id).pop();
      if (!oldest) return say("This browser has no room to keep the conversation; it lasts until the page is closed.");
      localStorage.removeItem(CHAT + oldest.id);
    }
  }
}

function conversation() {
  return { turns: chat.conversation?.turns ?? [] };
}

// The question was answered, or refused: nobody waits for it any more.
function settle() {
  pending = null;
  sessionStorage.removeItem("citewell.pending");
}

function keep(written) {
  if (!written) return;
  chat = { ...chat, when: Date.now(), conversation: JSON.parse(written) };
  chat.title = chat.conversation.turns[0]?.question ?? "";
  settle();
  instead = null;
  store();
  sessionStorage.setItem("citewell.current", chat.id);
  listEarlier();
  showNarrowing();
  const { answer } = chat.conversation.turns.at(-1);
  find("#heard").textContent = answer.status === "abstained" ? answer.text : `Answered: ${answer.short ?? answer.text}`;
}

function open(key) {
  const kept = key ? stored(key) : null;
  chat = kept ? { ...kept, id: key } : { id: id(), title: "", when: 0, conversation: null };
  settle();
  instead = null;
  if (kept) {
    sessionStorage.setItem("citewell.current", key);
    tabs.postMessage({ from: tab, chat: key, asks: true });
  } else sessionStorage.removeItem("citewell.current");
  find("#bring-back")?.click();
  listEarlier();
  showNarrowing();
  showExamples();
}

function listEarlier() {
  const list = find("#earlier ul");
  if (!list) return;
  const chats = storedChats();
  list.replaceChildren(
    ...chats.map((one) =>
      make(
        "li",
        one.id === chat.id ? { "aria-current": "true" } : {},
        make("button", { type: "button", class: "open", dir: "auto", text: String(one.title || "…"), onclick: () => {
          find("#earlier").open = false;
          open(one.id);
        } }),
        make("button", { type: "button", class: "forget", "aria-label": `Forget the conversation “${one.title}”`, text: "×", onclick: () => {
          localStorage.removeItem(CHAT + one.id);
          one.id === chat.id ? open(null) : listEarlier();
        } }),
      ),
    ),
  );
  if (!chats.length) list.append(make("li", { class: "none", text: "No earlier conversation in this browser." }));
}

// A conversation that another tab has open goes on here as one of its own: neither overwrites the other's.
const tabs = new BroadcastChannel("citewell");
tabs.onmessage = ({ data }) => {
  if (data.from === tab || data.chat !== chat.id) return;
  if (data.asks) tabs.postMessage({ from: tab, chat: chat.id });
  else chat = { ...chat, id: id() };
};

// ---- asking

function sent(question) {
  if (question !== undefined) {
    pending = question;
    sessionStorage.setItem("citewell.pending", question);
    find("#examples").hidden = find("#welcome").hidden = true;
  }
  return JSON.stringify({ conversation: chat.conversation, filters: filters(), instead: question === undefined ? null : instead });
}

function write(text) {
  const box = find("#composer textarea");
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, text);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
  return box;
}

function ask(question) {
  const box = write(question);
  // Gradio takes the text over before it takes the key
  setTimeout(() => box.dispatchEvent(new KeyboardEvent("keypress", { key: "Enter", bubbles: true, cancelable: true })), 50);
}

function turnOf(element) {
  return all("#conversation .asked").indexOf(element.closest(".asked") ?? askedBefore(element));
}

function askedBefore(element) {
  const answer = element.closest(".answer");
  return all("#conversation .asked").filter((one) => one.compareDocumentPosition(answer) & Node.DOCUMENT_POSITION_FOLLOWING).at(-1);
}

function anew(element, then) {
  const turn = turnOf(element);
  const question = conversation().turns[turn]?.question ?? find("p", all("#conversation .asked")[turn])?.textContent ?? "";
  instead = turn < conversation().turns.length ? turn : null;
  then(question);
  showNarrowing();
}

async function copy(element) {
  const { question, answer } = conversation().turns[turnOf(element)] ?? {};
  if (!answer) return;
  const sources = answer.citations.map((one) => {
    const where = [one.title, one.publisher, one.published?.value?.slice(0, 10), one.url ?? one.source.split(/[/\\]/).at(-1)].filter(Boolean).join(", ");
    return `[${one.number}] “${one.quote}” — ${where}`;
  });
  const text = [question, answer.short, answer.text, ...sources].filter(Boolean).join("\n\n");
  const done = await copyText(text, element.parentElement);
  say(done ? "Copied, with its quotes and sources." : "The browser did not allow copying. Mark the words and copy them.");
}

// ---- narrowing the search

const FIELDS = { after: "#filter-after", until: "#filter-until", publisher: "#filter-outlets" };
const WORDS = { after: "From", until: "Until", publisher: "Outlet:" };

function filters() {
  const given = {};
  for (const [name, field] of Object.entries(FIELDS)) {
    const value = find(field)?.value;
    if (value) given[name] = name === "publisher" ? [value] : value;
  }
  return given;
}

function leave() {
  instead = null;
  write("");
  showNarrowing();
}

function showNarrowing() {
  const chips = Object.entries(filters()).map(([name, value]) =>
    make("button", { type: "button", class: "chip", title: "Remove this filter", onclick: () => {
      find(FIELDS[name]).value = "";
      showNarrowing();
      (find("#chips .chip") ?? find("#filters summary")).focus();
    } }, `${WORDS[name]} `, make("bdi", { text: String(value) }), " ×"),
  );
  if (instead !== null)
    chips.push(make("button", { type: "button", class: "chip anew", title: "Leave it as it is (Esc)", text: `Editing question ${instead + 1}; what follows it is replaced ×`, onclick: leave }));
  find("#chips")?.replaceChildren(...chips);
  sessionStorage.setItem("citewell.filters", JSON.stringify(filters()));
}

// ---- what the library is like, and whether the server is there

async function look() {
  if (document.visibilityState === "hidden") return;
  try {
    const reply = await fetch("api/library", { signal: AbortSignal.timeout(8000) });
    const library = await reply.json();
    connected(reply.ok ? null : library.error);
    if (reply.ok && library.generation !== generation) show(library);
  } catch {
    connected(LOST);
  }
}

function connected(trouble) {
  const line = find("#connection");
  if (!line) return;
  const was = !line.hidden;
  line.hidden = !trouble;
  line.textContent = trouble ?? "";
  if (was && !trouble) back();
}

function back() {
  if (!pending) return;
  const question = pending;
  pending = null; // and kept for a while: Gradio may load the page again
  find("#bring-back")?.click();
  putBack(question, "The connection is back.");
}

// Nothing that was typed is lost, and nothing is written over it.
function putBack(question, why) {
  if (find("#composer textarea").value) return say(`${why} Your question was not answered: ask it again.`);
  write(question);
  say(`${why} Your question was not answered: it is in the box again.`);
}

function show(library) {
  generation = library.generation;
  find("#extent").textContent = library.extent;
  const outlets = find("#filter-outlets");
  const chosen = outlets.value;
  const named = library.publishers.map((one) => one.name).filter(Boolean);
  outlets.replaceChildren(make("option", { value: "", text: "any" }), ...named.map((name) => make("option", { value: name, text: name })));
  outlets.value = named.includes(chosen) ? chosen : "";
  if (outlets.value !== chosen) say(`No article by ${chosen} is left, so the search is no longer narrowed to it.`);
  showNarrowing();
  find("#outlets").hidden = !named.length;
  find("#welcome").hidden = library.articles > 0;
  showExamples();
  refreshReader();
}

async function addSamples(button) {
  button.disabled = true;
  try {
    let job = await (await fetch("api/seeds", { method: "POST" })).json();
    if (job.error) throw new Error(job.error);
    const address = `api/jobs/${job.job?.id ?? job.job ?? job.id}`;
    do {
      await new Promise((go) => setTimeout(go, 300));
      job = await (await fetch(address)).json();
    } while (["waiting", "running"].includes(job.state));
    if (job.problem || job.error) throw new Error(job.problem ?? job.error);
    await look();
    find("#composer textarea").focus();
  } catch (error) {
    say(error instanceof TypeError ? LOST : error.message);
  } finally {
    button.disabled = false;
  }
}

async function showExamples() {
  const place = find("#examples");
  place.hidden = true;
  if (conversation().turns.length || pending) return;
  for (let tries = 0; tries < 60; tries++) {
    const reply = await fetch("api/examples").catch(() => null);
    const found = reply?.ok ? await reply.json() : { questions: [], ready: true };
    if (conversation().turns.length || pending) return;
    if (found.questions.length) {
      find("div", place).replaceChildren(...found.questions.map((question) =>
        make("button", { type: "button", class: "example", text: question, onclick: () => ask(question) })));
      place.hidden = false;
    }
    if (found.ready !== false) return;
    await new Promise((go) => setTimeout(go, 1000));
  }
}

function say(text) {
  const line = find("#said");
  line.textContent = "";
  line.textContent = text;
  line.classList.add("shown");
  clearTimeout(say.later);
  say.later = setTimeout(() => line.classList.remove("shown"), 6000);
}

// ---- light and dark

function shade(dark) {
  document.body.classList.toggle("dark", dark);
  find("#shade").textContent = dark ? "Light" : "Dark";
}

// ---- begin

const BUTTONS = {
  "#new-chat": () => { open(null); find("#composer textarea").focus(); },
  "#shade": () => { shade(!document.body.classList.contains("dark")); localStorage.setItem("citewell.shade", document.body.classList.contains("dark") ? "dark" : "light"); },
  "#add-seeds": (button) => addSamples(button),
  "#to-library": () => all("#tabs button[role=tab]").find((one) => one.textContent.trim() === "Library")?.click(),
  "#conversation button.edit": (button) => anew(button, write),
  "#conversation button.retry": (button) => anew(button, ask),
  "#conversation button.copy": (button) => copy(button),
};

document.addEventListener("click", (event) => {
  for (const [selector, act] of Object.entries(BUTTONS)) {
    const button = event.target.closest?.(selector);
    if (button) act(button);
  }
  const menu = find("#earlier");
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && instead !== null && event.target.closest?.("#composer")) leave();
});
document.addEventListener("input", (event) => {
  if (event.isTrusted && !pending && event.target.closest?.("#composer")) settle();
});
document.addEventListener("change", (event) => event.target.closest?.("#filters") && showNarrowing());
document.addEventListener("visibilitychange", look);

function follow(log) {
  let asked = 0;
  const look = () => {
    // Gradio puts the source of a message, tags and all, where a screen reader would read it out.
    all("[data-testid=bot][aria-label], [data-testid=user][aria-label]", log).forEach((one) => one.removeAttribute("aria-label"));
    const questions = all(".asked", log);
    if (all(".answer", log).at(-1)?.classList.contains("failed")) settle();
    if (pending && (questions.length > asked || find(".answer.waiting", log))) questions.at(-1)?.scrollIntoView({ block: "start" });
    asked = questions.length;
  };
  new MutationObserver(look).observe(log, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-label"] });
  look();
}

function nameButtons(composer) {
  const name = () => {
    find(".submit-button", composer)?.setAttribute("aria-label", "Ask");
    find(".stop-button", composer)?.setAttribute("aria-label", "Stop");
  };
  new MutationObserver(name).observe(composer, { subtree: true, childList: true });
  name();
}

function begin() {
  const needed = ["#composer textarea", "#conversation", "#bring-back", "#reader", "#masthead #said"];
  if (!needed.every((selector) => find(selector))) return setTimeout(begin, 30);
  follow(find("#conversation"));
  nameButtons(find("#composer"));
  mountReader(find("#reader"));
  mountFeedback();
  shade((localStorage.getItem("citewell.shade") ?? (document.body.classList.contains("dark") ? "dark" : "light")) === "dark");
  try {
    const { publisher, ...days } = JSON.parse(sessionStorage.getItem("citewell.filters")) ?? {};
    for (const [name, value] of Object.entries(days)) find(FIELDS[name]).value = value;
    for (const name of publisher ?? []) find(FIELDS.publisher).append(make("option", { value: name, text: name, selected: "" }));
  } catch { /* nothing was kept that can be used */ }
  const [current, waiting] = ["citewell.current", "citewell.pending"].map((key) => sessionStorage.getItem(key));
  if (current && stored(current)) open(current);
  if (waiting) putBack(waiting, "The page was loaded again.");
  listEarlier();
  showNarrowing();
  look();
  setInterval(look, LOOK_EVERY);
  mountShelf();
}

// Gradio makes what a tab holds when the tab is first opened.
function mountShelf() {
  const place = find("#shelf:empty");
  if (place) mountLibrary(place);
  else if (!find("#shelf")) setTimeout(mountShelf, 200);
}

window.citewell = { tab, sent, keep, conversation, say, ask };
begin();
