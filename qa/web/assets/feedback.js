// Right or wrong: what a person says of an answer is kept for `qa eval`, with the words that would be right.

const BUTTONS = "#conversation .answer.kept button.right, #conversation .answer.kept button.wrong";
const LONGEST_RESULT = 110; // characters of a passage in the list of what was found
const BLOCK = 2000; // characters or more that are laid out by themselves, once they come into view
const MONTHS = "January February March April May June July August September October November December".split(" ");
const verdicts = new Map(); // what was said of which answer, as long as this page is open
let dialog = null;
let judged = null; // the turn that the dialog is about

const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const say = (text) => window.citewell?.say?.(text);

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") element.textContent = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null) element.setAttribute(key, value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

// ---- the server

const NO_CONNECTION = "The connection to Citewell was lost, and nothing was kept. Is “qa serve” still running? Try again.";

async function call(address, method = "GET", body = undefined) {
  const sent = body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let reply;
  try {
    reply = await fetch(address, { method, ...sent });
  } catch {
    throw new Error(NO_CONNECTION);
  }
  const found = await reply.json().catch(() => ({}));
  if (!reply.ok) {
    const sentence = found.error ?? `Citewell answered “${reply.status} ${reply.statusText}”. Try again.`;
    throw Object.assign(new Error(sentence), { status: reply.status });
  }
  return found;
}

// ---- which answer is meant

function turnAt(answer) {
  const index = all("#conversation .answer.kept").indexOf(answer);
  const turns = window.citewell.conversation()?.turns ?? [];
  return turns[index] ? { index, turns, ...turns[index] } : null;
}

function nameOf(turn) {
  const { question, answer, turns, index } = turn;
  return JSON.stringify([turns.slice(0, index).map((one) => one.question), question, answer.text, answer.citations.map((one) => one.span)]);
}

const wordsOf = ({ span, quote }) => ({ article_id: span.article_id, start: span.start, end: span.end, quote });

function recordOf({ question, answer, turns, index }) {
  const { after = null, until = null, publishers = [], articles = [] } = answer.filters ?? {};
  return {
    question,
    standalone: answer.standalone,
    history: turns.slice(0, index).map((one) => one.question),
    filters: { after, until, publishers, articles },
    status: answer.status,
    short: answer.short,
    claims: (answer.claims ?? []).map((one) => one.text),
    citations: answer.citations.map(wordsOf),
  };
}

// ---- saving, and taking back

async function keep(turn, verdict, more = {}) {
  const saved = await call("api/feedback", "POST", { ...recordOf(turn), verdict, ...more });
  verdicts.set(nameOf(turn), { verdict, undo: saved.undo });
  decorate();
  return saved;
}

async function takeBack(turn) {
  const given = verdicts.get(nameOf(turn));
  if (!given) return;
  try {
    await call(`api/feedback/${encodeURIComponent(given.undo)}`, "DELETE");
    say("Taken back.");
  } catch (problem) {
    say(problem.message);
    if (problem.message === NO_CONNECTION) return;
  }
  verdicts.delete(nameOf(turn));
  decorate();
}

async function right(turn, button) {
  button.disabled = true;
  try {
    const saved = await keep(turn, "right");
    say(`Kept. “qa eval” will check that this stays right (${counted(saved.cases)} so far).`);
  } catch (problem) {
    say(problem.message);
  } finally {
    button.disabled = false;
  }
}

const counted = (questions) => `${questions.toLocaleString("en")} question${questions === 1 ? "" : "s"}`;

// The messages of the chat are made anew now and then: what was said of an answer is put back on its buttons.
function decorate() {
  for (const answer of all("#conversation .answer.kept")) {
    const turn = turnAt(answer);
    const given = turn && verdicts.get(nameOf(turn));
    for (const kind of ["right", "wrong"]) {
      const button = find(`button.${kind}`, answer);
      const pressed = String(given?.verdict === kind);
      if (button && button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    }
    const undo = find("button.undo-verdict", answer);
    if (given && !undo) {
      const button = make("button", { type: "button", class: "undo-verdict", text: "Undo", title: "Take this verdict back" });
      find(`button.${given.verdict}`, answer)?.after(button);
    } else if (!given && undo) {
      const had = document.activeElement === undo;
      undo.remove();
      if (had) find("button.right", answer)?.focus();
    } else if (given && undo.previousElementSibling !== find(`button.${given.verdict}`, answer)) {
      find(`button.${given.verdict}`, answer)?.after(undo);
    }
  }
}

function onClick(event) {
  const undo = event.target.closest?.("#conversation .answer.kept button.undo-verdict");
  const button = undo ?? event.target.closest?.(BUTTONS);
  const turn = button && turnAt(button.closest(".answer"));
  if (!button) return;
  if (!turn) return say("This answer is not part of the conversation any more. Ask the question again.");
  if (undo) takeBack(turn);
  else if (button.classList.contains("wrong")) openDialog(turn, button);
  else if (verdicts.get(nameOf(turn))?.verdict === "right") takeBack(turn);
  else right(turn, button);
}

// ---- the dialog

const CHOICES = [
  ["words", "I can say it", "In your own words"],
  ["marked", "I can show it", "Mark the words in an article"],
  ["nothing", "The articles do not say", "There is no answer in them"],
];

function build() {
  const choices = CHOICES.map(([value, title, more]) =>
    make("label", { class: "choice" },
      make("input", { type: "radio", name: "choice", value }),
      make("span", {}, make("strong", { text: title }), make("small", { text: more }))));
  dialog = make("dialog", { id: "feedback", "aria-labelledby": "feedback-title" },
    make("form", { method: "dialog", novalidate: "" },
      make("header", {},
        make("h2", { id: "feedback-title", text: "What would be right?" }),
        make("button", { type: "button", class: "feedback-close", "aria-label": "Close", text: "×", onclick: () => dialog.close() })),
      make("p", { class: "feedback-question", dir: "auto" }),
      make("label", { class: "feedback-standalone" }, "The question in full, without those asked before it",
        make("input", { type: "text", name: "standalone", dir: "auto", maxlength: "2000", autocomplete: "off" })),
      make("fieldset", {}, make("legend", { class: "feedback-hidden", text: "What would be right?" }), ...choices),
      make("section", { class: "feedback-words", hidden: "" },
        make("label", {}, "The right answer", make("textarea", { name: "answers", rows: "2", dir: "auto", maxlength: "8000" })),
        make("p", { class: "feedback-hint", text: "As short as it can be: a name, a number, a day. Other ways to put it that are right too: one on each line." })),
      make("section", { class: "feedback-marking", hidden: "" },
        make("div", { class: "feedback-find" },
          make("label", { class: "feedback-hidden", for: "feedback-search", text: "Find another article" }),
          make("input", { type: "search", id: "feedback-search", placeholder: "Find another article", dir: "auto", maxlength: "500", autocomplete: "off" }),
          make("button", { type: "button", class: "feedback-go", text: "Find" })),
        make("ul", { class: "feedback-articles", "aria-label": "Articles" }),
        make("div", { class: "feedback-article", hidden: "" },
          make("h3", { id: "feedback-article-title", class: "feedback-hidden", dir: "auto" }),
          make("p", { class: "feedback-hint", id: "feedback-how", text: "Select the words that say it, as few as will do, then mark them: Enter, or the button." }),
          make("div", { id: "feedback-text", dir: "auto", role: "textbox", tabindex: "0", contenteditable: "true", inputmode: "none", spellcheck: "false",
            "aria-multiline": "true", "aria-readonly": "true", "aria-labelledby": "feedback-article-title", "aria-describedby": "feedback-how" })),
        make("div", { class: "feedback-marked" })),
      make("footer", {},
        make("p", { class: "problem", role: "alert" }),
        make("button", { type: "button", class: "feedback-mark", hidden: "", disabled: "", text: "Mark the selected words" }),
        make("button", { type: "button", class: "feedback-cancel", text: "Cancel", onclick: () => dialog.close() }),
        make("button", { type: "submit", class: "feedback-save", text: "Keep" }))));
  document.body.append(dialog);
  find("form", dialog).addEventListener("submit", (event) => { event.preventDefault(); save(); });
  dialog.addEventListener("change", (event) => event.target.name === "choice" && choose(event.target.value));
  dialog.addEventListener("close", () => { judged = null; giveFocusBack(); });
  mountSearch();
  mountMarking();
}

let before = null; // what had the focus before the dialog was opened

function openDialog(turn, button) {
  if (!dialog) build();
  judged = { ...turn, marks: [], article: null, saved: false };
  before = { button, index: turn.index };
  find(".feedback-question", dialog).textContent = turn.question;
  const alone = find(".feedback-standalone", dialog);
  alone.hidden = turn.index === 0;
  find("input", alone).value = turn.answer.standalone ?? turn.question;
  for (const radio of all("input[name=choice]", dialog)) radio.checked = false;
  find("textarea", dialog).value = "";
  find("#feedback-search").value = "";
  find(".feedback-kept", dialog)?.remove();
  find("form", dialog).hidden = false;
  find(".feedback-article", dialog).hidden = true;
  trouble("");
  choose(null);
  listArticles(known(turn.answer));
  showMarked();
  dialog.showModal();
  find("input[name=choice]", dialog).focus();
}

function giveFocusBack() {
  const there = before?.button.isConnected ? before.button : find("button.wrong", all("#conversation .answer.kept")[before?.index]);
  (there ?? find("#composer textarea"))?.focus();
}

function trouble(sentence) {
  find(".problem", dialog).textContent = sentence;
}

function choose(value) {
  find(".feedback-words", dialog).hidden = value !== "words";
  find(".feedback-marking", dialog).hidden = value !== "marked";
  find(".feedback-mark", dialog).hidden = value !== "marked";
  trouble("");
  if (value === "words") find("textarea", dialog).focus();
  if (value === "marked" && !judged.article) {
    const first = find(".feedback-articles button", dialog);
    if (first) first.click();
  }
}

async function save() {
  const choice = find("input[name=choice]:checked", dialog)?.value;
  const answers = find("textarea", dialog).value.split("\n").map((line) => line.trim()).filter(Boolean);
  if (!choice) return trouble("Choose one of the three: say it, show it, or say that the articles do not.");
  if (choice === "words" && !answers.length) return trouble("Write what the right answer is.");
  if (choice === "marked" && !judged.marks.length) return trouble("Select the words in the article that say it, and mark them.");
  const more = {
    words: { answers },
    marked: { marked: judged.marks.map(({ article, start, end, quote }) => ({ article_id: article.id, start, end, quote })) },
    nothing: { do_not_say: true },
  }[choice];
  const alone = find("input[name=standalone]", dialog).value.trim();
  if (judged.index > 0 && alone) more.standalone = alone;
  const button = find(".feedback-save", dialog);
  button.disabled = true;
  trouble("");
  try {
    kept(await keep(judged, "wrong", more));
  } catch (problem) {
    trouble(problem.message);
  } finally {
    button.disabled = false;
  }
}

function kept(saved) {
  find("form", dialog).hidden = true;
  dialog.append(make("div", { class: "feedback-kept", role: "status" },
    make("h2", { text: saved.replaced ? "Kept, in place of what was said before" : "Kept", tabindex: "-1" }),
    make("p", {}, `“qa eval” will ask this again and compare the answer. ${counted(saved.cases)} so far, in `, make("code", { text: saved.file }), "."),
    make("p", { text: "To ask them all, and see which are answered wrong, run in a terminal:" }),
    make("pre", {}, make("code", { text: saved.run })),
    make("footer", {},
      make("button", { type: "button", class: "feedback-undo", text: "Undo", onclick: async () => { await takeBack(judged); dialog.close(); } }),
      make("button", { type: "button", class: "feedback-done", text: "Done", onclick: () => dialog.close() }))));
  find(".feedback-done", dialog).focus();
}

// ---- finding the article

function known(answer) {
  const seen = new Map();
  for (const one of [...answer.citations, ...(answer.nearest ?? [])])
    if (!seen.has(one.span.article_id)) seen.set(one.span.article_id, listed(one.span.article_id, one, null));
  return [...seen.values()];
}

function listed(id, one, said) {
  return { id, title: one.title ?? one.label ?? "An article without a title", where: [one.publisher, dayOf(one.published)].filter(Boolean).join(", "), said, passage: said ? { start: one.start, end: one.end } : null };
}

// A day as it is written everywhere on the page, no finer than it is known.
function dayOf(published) {
  const { value, precision } = typeof published === "string" ? { value: published } : (published ?? {});
  const [year, month, date] = (value ?? "").slice(0, 10).split("-");
  const parts = [Number(date), MONTHS[month - 1], year];
  return parts.slice({ year: 2, month: 1 }[precision] ?? 0).filter(Boolean).join(" ");
}

function listArticles(found, nothing = "") {
  const list = find(".feedback-articles", dialog);
  list.replaceChildren(...found.map((one) =>
    make("li", {},
      make("button", { type: "button", "data-article": one.id, "aria-pressed": String(one.id === judged.article?.id), onclick: () => show(one) },
        make("span", { class: "title", dir: "auto", text: one.title }),
        one.where && make("span", { class: "where", text: one.where }),
        one.said && make("span", { class: "said", dir: "auto", text: one.said })))));
  if (!found.length && nothing) list.append(make("li", { class: "none", text: nothing }));
}

function mountSearch() {
  const box = find("#feedback-search");
  const go = async () => {
    const query = box.value.trim();
    trouble("");
    if (!query) return listArticles(known(judged.answer));
    try {
      const { passages } = await call(`api/search?limit=12&q=${encodeURIComponent(query)}`);
      const best = new Map();
      for (const one of passages)
        if (!best.has(one.article_id)) best.set(one.article_id, listed(one.article_id, one, shortened(one.quote)));
      listArticles([...best.values()], "No article has anything like that.");
    } catch (problem) {
      trouble(problem.message);
    }
  };
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it would send the form
    go();
  });
  find(".feedback-go", dialog).addEventListener("click", go);
}

function shortened(text) {
  const letters = [...(text ?? "").replace(/\s+/g, " ").trim()];
  return letters.length > LONGEST_RESULT ? `${letters.slice(0, LONGEST_RESULT).join("")}…` : letters.join("");
}

// ---- marking words; all places are counted in code points, as the library counts them

const length = (text) => { let count = 0; for (const _ of text) count += 1; return count; };

// Where a place in UTF-16 lies in code points; one in the middle of a pair counts as before it.
function codePoints(text, units) {
  const cut = units > 0 && /[\ud800-\udbff]/.test(text[units - 1]) && /[\udc00-\udfff]/.test(text[units] ?? "") ? units - 1 : units;
  return length(text.slice(0, cut));
}

let shows = 0; // articles that were asked for: the last one is shown

async function show(one) {
  trouble("");
  const turn = ++shows;
  try {
    const article = await call(`api/articles/${encodeURIComponent(one.id)}`);
    if (!judged || turn !== shows) return;
    judged.article = { id: article.id, text: article.text, letters: [...article.text], title: one.title, passage: one.passage };
    judged.article.blocks = blocksOf(judged.article.letters);
  } catch (problem) {
    if (!judged || turn !== shows) return;
    return problem.status === 404 ? gone(one) : trouble(problem.message);
  }
  for (const button of all(".feedback-articles button", dialog)) button.setAttribute("aria-pressed", String(button.dataset.article === one.id));
  find("#feedback-article-title").textContent = one.title;
  find(".feedback-article", dialog).hidden = false;
  renderText(true);
  const place = find("#feedback-text");
  place.scrollTop = 0;
  bring(find("mark.chosen", place) ?? find("mark.was-cited", place), place);
}

// Scroll to an element; how high what is above it is, the browser knows only once it has been there.
function bring(element, place, tries = 8) {
  if (!element?.isConnected) return;
  const off = element.getBoundingClientRect().top - place.getBoundingClientRect().top - 40;
  place.scrollTop += off;
  if (Math.abs(off) > 1 && tries > 0) requestAnimationFrame(() => bring(element, place, tries - 1));
}

// The article has gone from the library since it was cited.
function gone(one) {
  const buttons = all(".feedback-articles button", dialog);
  const button = buttons.find((each) => each.dataset.article === one.id);
  if (button) {
    button.disabled = true;
    button.append(make("span", { class: "where", text: "no longer in the library" }));
  }
  trouble(`“${one.title}” is no longer in the library. Find another article that says it, or say it in words.`);
}

// Where blocks of lines begin: a book is laid out block by block, not all at once.
function blocksOf(letters) {
  const begins = [0];
  for (let place = letters.indexOf("\n", BLOCK); place >= 0 && place + 1 < letters.length; place = letters.indexOf("\n", place + BLOCK)) begins.push(place + 1);
  return begins;
}

// The text in pieces: what the answer cited, what is marked now. Nothing else is text, so that places can be counted.
function renderText(anew = false) {
  const { article, marks, answer } = judged;
  const begins = new Set(article.blocks);
  const ours = marks.filter((each) => each.article.id === article.id);
  const cited = [...answer.citations, ...(answer.nearest ?? [])].map((one) => one.span).filter((span) => span.article_id === article.id);
  if (article.passage) cited.push(article.passage);
  const cuts = [...new Set([...begins, article.letters.length, ...[...ours, ...cited].flatMap(({ start, end }) => [start, end])])]
    .filter((place) => place <= article.letters.length).sort((a, b) => a - b);
  const within = (ranges, place) => ranges.some(({ start, end }) => start <= place && place < end);
  const blocks = [];
  cuts.slice(0, -1).forEach((start, number) => {
    const kind = within(ours, start) ? "chosen" : within(cited, start) ? "was-cited" : "";
    if (begins.has(start)) blocks.push([]);
    blocks.at(-1).push({ start, end: cuts[number + 1], kind });
  });
  const place = find("#feedback-text");
  if (anew) place.replaceChildren(...blocks.map(() => make("div")));
  blocks.forEach((pieces, number) => {
    const old = place.children[number];
    const drawn = JSON.stringify(pieces);
    if (old.dataset.drawn === drawn) return; // what has not changed keeps its place
    old.replaceWith(make("div", { class: "block", "data-drawn": drawn }, ...pieces.map(({ start, end, kind }) =>
      make(kind ? "mark" : "span", { class: kind || null, text: article.letters.slice(start, end).join("") }))));
  });
}

let selected = null; // [start, end) in code points of the text that is shown

function selection() {
  const place = find("#feedback-text");
  const chosen = document.getSelection();
  if (!judged?.article || !chosen?.rangeCount) return null;
  const range = chosen.getRangeAt(0);
  if (range.collapsed || !range.intersectsNode(place)) return null;
  const from = place.contains(range.startContainer) ? placeOf(place, range.startContainer, range.startOffset) : 0;
  const to = place.contains(range.endContainer) ? placeOf(place, range.endContainer, range.endOffset) : place.textContent.length;
  return trimmed(codePoints(judged.article.text, from), codePoints(judged.article.text, to));
}

function placeOf(place, node, offset) {
  const range = document.createRange();
  range.setStart(place, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

function trimmed(start, end) {
  const { letters } = judged.article;
  while (start < end && !letters[start].trim()) start += 1;
  while (start < end && !letters[end - 1].trim()) end -= 1;
  return start < end ? { start, end } : null;
}

function mark(chosen) {
  if (!chosen || !judged?.article) return;
  const { article } = judged;
  // Words that touch what is marked already become one with it
  let { start, end } = chosen;
  judged.marks = judged.marks.filter((each) => {
    const touches = each.article.id === article.id && each.start <= end && start <= each.end;
    if (touches) [start, end] = [Math.min(start, each.start), Math.max(end, each.end)];
    return !touches;
  });
  judged.marks.push({ article, start, end, quote: article.letters.slice(start, end).join("") });
  selected = null;
  document.getSelection().removeAllRanges();
  renderText();
  trouble("");
  showMarked();
}

function showMarked() {
  find(".feedback-mark", dialog).disabled = true;
  const list = make("ul", { "aria-label": "Marked words" }, ...judged.marks.map((each) =>
    make("li", {},
      make("blockquote", { dir: "auto", text: each.quote }),
      make("button", { type: "button", "aria-label": `Do not mark “${shortened(each.quote)}”`, text: "×", onclick: () => {
        judged.marks = judged.marks.filter((other) => other !== each);
        if (judged.article) renderText();
        showMarked();
        find("#feedback-text").focus();
      } }))));
  find(".feedback-marked", dialog).replaceChildren(...(judged.marks.length ? [make("p", { text: "Marked:" }), list] : []));
}

function mountMarking() {
  const place = find("#feedback-text");
  document.addEventListener("selectionchange", () => {
    if (!dialog.open || find(".feedback-article", dialog).hidden) return;
    const chosen = document.getSelection();
    const inside = chosen?.rangeCount && chosen.getRangeAt(0).intersectsNode(place) && chosen.anchorNode !== dialog;
    if (!inside && document.activeElement !== place) return; // the button that marks has taken the focus
    selected = selection();
    find(".feedback-mark", dialog).disabled = !selected;
  });
  // It is editable only so that there is a caret to select words with from the keyboard; nothing in it can be changed.
  for (const kind of ["beforeinput", "paste", "cut", "drop", "dragstart"]) place.addEventListener(kind, (event) => event.preventDefault());
  for (const kind of ["input", "compositionend"]) place.addEventListener(kind, () => judged?.article && renderText(true));
  place.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    mark(selection()); // “selectionchange” comes later than the keys that changed it
  });
  const button = find(".feedback-mark", dialog);
  button.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
  button.addEventListener("click", () => { mark(selection() ?? selected); place.focus({ preventScroll: true }); });
}

// ---- begin

export function mountFeedback() {
  document.addEventListener("click", onClick);
  const log = find("#conversation");
  if (log) new MutationObserver(decorate).observe(log, { childList: true, subtree: true });
}
