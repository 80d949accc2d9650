// The Library tab: what is in the library, adding articles by dropping files, removing them.
// Everything that comes from the server is HTML that the server has escaped; everything else is put in as text.

const LOOK_SECONDS = 4; // how often the page asks whether the library has changed
const ASK_SECONDS = 0.6; // how often it asks how far a job is
const ARMED_SECONDS = 6; // how long "Remove for good?" stands
const TYPING_SECONDS = 0.25;
const PAGE = 50;
const MOST_ROWS = 1000; // as many as the server shows at once
const MOST_BYTES = 100e6; // that are sent at once, unless one file alone has more
const UNREACHABLE = "The server cannot be reached. This goes on as soon as it is back.";

export function mountLibrary(element) {
  if (element && !element.dataset.mounted) {
    element.dataset.mounted = "true";
    return new Shelf(element);
  }
  return null;
}

class Shelf {
  constructor(element) {
    this.element = element;
    this.wanted = { query: "", sort: "newest", publisher: "", after: "", until: "", undated: "" };
    this.shown = PAGE;
    this.generation = null;
    this.loads = 0;
    this.lost = this.troubled = false;
    this.adding = new Adding(this);
    element.addEventListener("click", (event) => this.clicked(event));
    element.addEventListener("input", (event) => this.typed(event));
    element.addEventListener("change", (event) => this.changed(event));
    element.addEventListener("focusout", (event) => disarm(event.target));
    for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
      element.addEventListener(kind, (event) => this.dragged(event));
    }
    document.addEventListener("visibilitychange", () => this.look());
    new IntersectionObserver(() => this.look()).observe(element);
    setInterval(() => this.look(), LOOK_SECONDS * 1000);
    this.load();
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  // What is in the library

  get address() {
    const given = Object.entries(this.wanted).filter(([, value]) => value);
    return new URLSearchParams(given);
  }

  async load() {
    const turn = ++this.loads;
    const asked = this.address;
    asked.set("limit", this.shown);
    const reply = await this.fetched(`page/library?${asked}`);
    if (turn !== this.loads) return;
    this.find('[data-region="list"]')?.removeAttribute("aria-busy");
    if (reply === null) return;
    const fresh = parsed(reply.text);
    if (!reply.ok) {
      if (!this.find(".shelf")) this.element.replaceChildren(fresh);
      else this.say(fresh.textContent);
      return;
    }
    if (this.find(".shelf")) this.renew(fresh);
    else this.element.replaceChildren(fresh);
    this.generation = this.find(".shelf").dataset.generation;
  }

  // Put what is new in place and leave alone what a person may be using.
  renew(fresh) {
    for (const region of fresh.querySelectorAll("[data-region]")) {
      const old = this.find(`[data-region="${region.dataset.region}"]`);
      if (old.innerHTML === region.innerHTML) continue;
      keepOpen(old, region);
      const focused = old.contains(document.activeElement) ? placeOf(document.activeElement) : null;
      old.replaceChildren(...region.childNodes);
      if (focused) this.find(focused)?.focus({ preventScroll: true });
    }
    const controls = ".shelf-controls";
    this.find(controls).hidden = fresh.querySelector(controls).hidden;
    const outlets = this.find("#shelf-outlet");
    const newer = fresh.querySelector("#shelf-outlet");
    if (outlets.innerHTML !== newer.innerHTML) {
      outlets.replaceChildren(...newer.childNodes);
      outlets.disabled = newer.disabled;
      outlets.value = this.wanted.publisher;
      if (outlets.selectedIndex < 0) this.narrow({ publisher: "" });
    }
    this.mark();
    this.find(".shelf").dataset.generation = fresh.querySelector(".shelf").dataset.generation;
  }

  // Show the list as it is wanted now, from its beginning.
  async narrow(wanted) {
    Object.assign(this.wanted, wanted);
    this.shown = PAGE;
    const turn = ++this.loads;
    const list = this.find('[data-region="list"]');
    list.setAttribute("aria-busy", "true");
    const reply = await this.fetched(`page/library/rows?${this.address}`);
    if (turn !== this.loads) return;
    list.removeAttribute("aria-busy");
    if (reply === null) return;
    list.replaceChildren(parsed(reply.text));
    this.mark();
  }

  async more(button) {
    const asked = this.address;
    asked.set("offset", button.dataset.offset);
    asked.set("limit", PAGE);
    button.disabled = true;
    const turn = ++this.loads;
    const reply = await this.fetched(`page/library/rows?${asked}`);
    button.disabled = false;
    if (reply === null || !reply.ok || turn !== this.loads) return;
    const fresh = parsed(reply.text);
    const first = fresh.querySelector(".shelf-row .open");
    this.shown = Math.min(this.shown + PAGE, MOST_ROWS);
    this.find(".shelf-rows").append(...fresh.querySelector(".shelf-rows").childNodes);
    this.find(".shelf-found").replaceWith(fresh.querySelector(".shelf-found"));
    const next = fresh.querySelector(".shelf-more");
    if (next) button.replaceWith(next);
    else button.remove();
    first?.focus({ preventScroll: true });
  }

  // Darken the bars of the days that the list is narrowed to.
  mark() {
    for (const bar of this.element.querySelectorAll(".bar")) {
      const chosen = bar.dataset.after === this.wanted.after && bar.dataset.until === this.wanted.until;
      bar.classList.toggle("chosen", chosen);
    }
  }

  // Ask whether the library has changed, while somebody can see it.
  async look() {
    if (document.visibilityState !== "visible" || !this.element.offsetParent || this.looking) return;
    this.looking = true;
    const reply = await this.fetched("api/library");
    this.looking = false;
    if (reply === null) return;
    if (reply.ok === this.troubled) this.say(reply.ok ? "" : read(reply.text).error); // said once
    this.troubled = !reply.ok;
    if (reply.ok && String(read(reply.text).generation) !== this.generation) await this.load();
  }

  // Ask the server; null if it cannot be reached, which is said once and taken back when it can.
  async fetched(address, options = {}) {
    try {
      const response = await fetch(address, { credentials: "same-origin", ...options });
      const text = await response.text();
      if (this.lost) {
        this.lost = false;
        this.say("The server is back.");
        if (!this.find(".shelf")) this.load();
      }
      return { ok: response.ok, status: response.status, text };
    } catch {
      if (!this.lost) {
        this.lost = true;
        this.say(UNREACHABLE);
      }
      return null;
    }
  }

  say(text) {
    const said = this.find("#shelf-said");
    if (said) said.textContent = text;
    else this.element.replaceChildren(made("p", "shelf-waiting", text));
  }

  // What a person does

  clicked(event) {
    const on = (selector) => event.target.closest(selector);
    const when = on(".bar, .shelf-when");
    if (when) {
      const { after = "", until = "", undated = "" } = when.dataset;
      const again = after && after === this.wanted.after && until === this.wanted.until;
      this.narrow(again ? { after: "", until: "", undated: "" } : { after, until, undated });
    } else if (on(".remove")) this.remove(on(".remove"));
    else if (on(".shelf-more")) this.more(on(".shelf-more"));
    else if (on(".shelf-all")) this.showAll();
    else if (on(".shelf-failed")) this.showFailures();
    else if (on(".to-ask")) goToAsk();
    else if (on("#shelf-seeds")) this.adding.samples(on("#shelf-seeds"));
  }

  showAll() {
    this.find("#shelf-search").value = "";
    this.find("#shelf-outlet").value = "";
    this.narrow({ query: "", publisher: "", after: "", until: "", undated: "" });
    this.find("#shelf-search").focus({ preventScroll: true });
  }

  showFailures() {
    const failures = this.find("#shelf-failures");
    failures.open = true;
    failures.scrollIntoView({ block: "center" });
    failures.querySelector("summary").focus({ preventScroll: true });
  }

  typed(event) {
    if (event.target.id !== "shelf-search") return;
    clearTimeout(this.typing);
    const query = event.target.value.trim();
    this.typing = setTimeout(() => this.narrow({ query }), TYPING_SECONDS * 1000);
  }

  changed(event) {
    const { id, value } = event.target;
    if (id === "shelf-sort") this.narrow({ sort: value });
    else if (id === "shelf-outlet") this.narrow({ publisher: value });
    else if (id === "shelf-files") {
      this.adding.take([...event.target.files]);
      event.target.value = "";
    }
  }

  async dragged(event) {
    if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
    event.preventDefault();
    const left = event.type === "dragleave" && !this.element.contains(event.relatedTarget);
    this.find("#shelf-drop")?.classList.toggle("over", event.type !== "drop" && !left);
    if (event.type === "drop") this.adding.take(await dropped(event.dataTransfer));
  }

  async remove(button) {
    if (!button.classList.contains("armed")) {
      button.classList.add("armed");
      button.dataset.label = button.getAttribute("aria-label");
      button.removeAttribute("aria-label");
      button.textContent = "Remove for good?";
      setTimeout(() => disarm(button), ARMED_SECONDS * 1000);
      return;
    }
    const row = button.closest("[data-article]");
    button.disabled = true;
    const reply = await this.fetched(`api/articles/${row.dataset.article}`, { method: "DELETE" });
    button.disabled = false;
    disarm(button);
    if (reply === null) return;
    const told = read(reply.text);
    this.say(told.message ?? told.error ?? "The article could not be removed. Try again.");
    if (!reply.ok && reply.status !== 404) return;
    const near = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (near?.querySelector(".open") ?? this.find("#shelf-search")).focus({ preventScroll: true });
    await this.load();
  }
}

// Show the tab where questions are asked, and begin to write one. Gradio shows what a tab holds a little later.
function goToAsk() {
  const tabs = [...document.querySelectorAll("#tabs button[role=tab]")];
  tabs.find((one) => one.textContent.trim() === "Ask")?.click();
  let tries = 20;
  const write = () => {
    const box = document.querySelector("#composer textarea");
    box?.focus();
    if (box && document.activeElement !== box && tries-- > 0) setTimeout(write, 50);
  };
  write();
}

function disarm(button) {
  if (!button.classList?.contains("armed")) return;
  button.classList.remove("armed");
  button.setAttribute("aria-label", button.dataset.label);
  button.textContent = "Remove";
}

// Adding articles: one batch after the other is sent, then brought into the library

class Adding {
  constructor(shelf) {
    this.shelf = shelf;
    this.turn = Promise.resolve();
  }

  // Sort out what the server would refuse, and send the rest in batches.
  take(files) {
    if (!files.length) return;
    const drop = this.shelf.find("#shelf-drop");
    const { kinds, kindsNamed, maxBytes, mostFiles } = drop.dataset;
    const suffixes = kinds.split(" ");
    const batch = this.batch(`Adding ${counted(files.length, "file")}`);
    const entries = files.map((file) => ({ file, line: batch.line(file.name) }));
    const good = entries.filter(({ file, line }) => {
      const reason = refusal(file, suffixes, kindsNamed, Number(maxBytes));
      if (reason) line.become("refused", reason);
      return !reason;
    });
    for (const part of parts(good, Number(mostFiles))) {
      this.turn = this.turn.then(() => this.send(part, batch)).catch((error) => batch.stop(String(error)));
    }
    this.turn = this.turn.then(() => batch.finish());
  }

  samples(button) {
    button.disabled = true;
    const batch = this.batch("Adding the sample articles");
    this.turn = this.turn.then(async () => {
      const reply = await this.shelf.fetched("api/seeds", { method: "POST" });
      button.disabled = false;
      if (reply === null) return batch.stop(UNREACHABLE);
      const told = read(reply.text);
      if (!reply.ok) return batch.stop(told.error);
      await this.follow(told.job, [], batch);
      return batch.finish();
    });
  }

  batch(title) {
    const batch = new Batch(title);
    this.shelf.find("#shelf-progress").prepend(batch.element);
    return batch;
  }

  async send(entries, batch) {
    const reply = await sent(entries);
    if (reply === null) {
      for (const { line } of entries) line.become("refused", "it was not sent");
      const again = () => this.take(entries.map(({ file }) => file));
      return batch.stop("The connection was lost while the files were sent, and none of them was added.", again);
    }
    const told = read(reply.text);
    if (!told.files) {
      for (const { line } of entries) line.become("refused", "it was not added");
      return batch.stop(told.error ?? "The files could not be added. Try again.");
    }
    told.files.forEach(({ outcome, reason, kept }, number) => {
      const words = { already: "already in the library", accepted: "sent" }[outcome] ?? reason;
      entries[number]?.line.become(outcome, words);
      if (entries[number]) entries[number].kept = kept;
    });
    return this.follow(told.job, entries, batch);
  }

  // Watch a job until it has ended, through times when the server cannot be reached.
  async follow(job, entries, batch) {
    while (job && ["waiting", "running"].includes(job.state)) {
      batch.progress(job);
      await wait(ASK_SECONDS);
      const reply = await this.shelf.fetched(`api/jobs/${job.id}`);
      if (reply === null) batch.tell(UNREACHABLE);
      else if (reply.status === 404) {
        await this.shelf.load();
        return batch.stop(
          "The server was started again meanwhile. What had been added is kept: " +
            "look at the list, and send the files again if some are missing.",
        );
      } else if (reply.ok) job = read(reply.text);
    }
    if (!job) return undefined;
    await this.shelf.load();
    if (job.state !== "done") {
      for (const { line } of entries) if (line.is("accepted")) line.become("refused", "not added");
      const again = entries.length ? () => this.take(entries.map(({ file }) => file)) : null;
      return batch.stop(job.problem, again);
    }
    batch.count(job);
    for (const { source, reason } of job.failed) {
      const whole = entries.find(({ line, kept }) => kept === source && line.is("accepted"));
      (whole?.line ?? batch.line(source)).become("refused", reason);
    }
    for (const { line } of entries) if (line.is("accepted")) line.become("added", "added");
    return undefined;
  }
}

// What has become of some files, for a person to read.
class Batch {
  constructor(title) {
    this.counts = { added: 0, changed: 0, unchanged: 0 };
    this.lines = [];
    this.stopped = false;
    this.element = made("section", "shelf-batch");
    this.head = made("p", "shelf-batch-head", title);
    this.head.setAttribute("role", "status");
    this.bar = made("progress", "shelf-batch-bar");
    this.bar.setAttribute("aria-label", title);
    this.list = made("ul", "shelf-batch-files");
    this.list.tabIndex = 0;
    this.list.setAttribute("aria-label", "Files");
    const close = made("button", "shelf-batch-close", "Dismiss");
    close.type = "button";
    close.addEventListener("click", () => this.element.remove());
    this.element.append(this.head, close, this.bar, this.list);
  }

  line(name) {
    const line = new Line(name);
    this.lines.push(line);
    this.list.append(line.element);
    return line;
  }

  tell(text) {
    this.head.textContent = text;
  }

  progress(job) {
    const where = job.source ? ` · ${job.source}` : "";
    this.tell(job.state === "waiting" ? "Waiting for its turn" : `${job.words || "Reading"}${where}`);
    this.bar.max = 1;
    if (job.state === "running") this.bar.value = job.share;
  }

  count(job) {
    for (const kind of Object.keys(this.counts)) this.counts[kind] += job[kind];
  }

  stop(reason, again = null) {
    this.stopped = true;
    this.bar.hidden = true;
    this.tell(reason);
    this.element.classList.add("stopped");
    if (!again) return;
    const button = made("button", "shelf-batch-again", "Send them again");
    button.type = "button";
    button.addEventListener("click", () => {
      this.element.remove();
      again();
    });
    this.head.after(button);
  }

  finish() {
    this.bar.hidden = true;
    const came = this.counts.added + this.counts.changed;
    if (came) {
      const ask = made("button", "to-ask", came === 1 ? "Ask about it" : "Ask about them");
      ask.type = "button";
      this.head.after(ask);
    }
    if (this.stopped) return;
    const already = this.counts.unchanged + this.lines.filter((line) => line.is("already")).length;
    const refused = this.lines.filter((line) => line.is("refused")).length;
    const parts = [
      this.counts.added ? `${counted(this.counts.added, "article")} added` : "",
      this.counts.changed ? `${this.counts.changed} changed` : "",
      already ? `${already} already there` : "",
      refused ? `${refused.toLocaleString("en")} refused` : "",
    ].filter(Boolean);
    const said = parts.join(", ") || "Nothing was added";
    this.tell(`${said}.`);
    this.element.classList.toggle("stopped", refused > 0);
  }
}

// One file of a batch.
class Line {
  constructor(name) {
    this.element = made("li", "shelf-file");
    this.name = made("bdi", "shelf-file-name", name);
    this.words = made("span", "shelf-file-words", "waiting");
    this.element.append(this.name, this.words);
  }

  is(outcome) {
    return this.element.dataset.outcome === outcome;
  }

  become(outcome, words) {
    this.element.dataset.outcome = outcome;
    this.words.textContent = words;
  }
}

// Cut what is to be sent into parts that the server takes at once.
function parts(entries, mostFiles) {
  const found = [];
  let bytes = 0;
  for (const entry of entries) {
    if (!found.length || bytes + entry.file.size > MOST_BYTES || found.at(-1).length >= mostFiles) {
      found.push([]);
      bytes = 0;
    }
    found.at(-1).push(entry);
    bytes += entry.file.size;
  }
  return found;
}

function refusal(file, suffixes, kinds, maxBytes) {
  if (!suffixes.some((suffix) => file.name.toLowerCase().endsWith(suffix))) {
    return `it is not ${kinds}; save its text as .txt and drop that here`;
  }
  if (file.size > maxBytes) {
    const most = maxBytes.toLocaleString("en");
    return `it has more than the ${most} bytes that one file may have here; split it, or read it with qa index`;
  }
  return "";
}

// Send some files as one form; null if the connection is lost.
function sent(entries) {
  const form = new FormData();
  for (const { file } of entries) form.append("files", file, file.name);
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (event) => {
    let before = 0; // files are sent in their order
    for (const { file, line } of entries) {
      const share = Math.min(1, Math.max(0, (event.loaded - before) / Math.max(file.size, 1)));
      line.become("sending", share < 1 ? `${Math.floor(share * 100)} % sent` : "sent");
      before += file.size;
    }
  });
  return new Promise((resolve) => {
    request.addEventListener("load", () => resolve({ status: request.status, text: request.responseText }));
    for (const kind of ["error", "abort", "timeout"]) request.addEventListener(kind, () => resolve(null));
    request.open("POST", "api/articles");
    request.send(form);
  });
}

// The files that were dropped, those in folders too; hidden ones are left where they are.
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  return (await Promise.all(entries.map((entry) => filesOf(entry, true)))).flat();
}

async function filesOf(entry, named = false) {
  if (entry.name.startsWith(".") && !named) return [];
  if (entry.isFile) {
    return new Promise((resolve) => entry.file((file) => resolve([file]), () => resolve([])));
  }
  const reader = entry.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) break; // it gives a hundred at a time
    all.push(...some);
  }
  return (await Promise.all(all.map((each) => filesOf(each)))).flat();
}

// Small things

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

function made(name, kind, text = "") {
  const element = document.createElement(name);
  element.className = kind;
  element.textContent = text;
  return element;
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { error: "The server answered with something that this page does not understand. Reload the page." };
  }
}

// A region that is renewed keeps open what a person has opened in it.
function keepOpen(old, fresh) {
  for (const detail of old.querySelectorAll("details")) {
    const place = placeOf(detail);
    const same = place && fresh.querySelector(place);
    if (same) same.open = detail.open;
  }
}

// Words that find an element again after its region was renewed.
function placeOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const kind = element.classList[0] ? `.${CSS.escape(element.classList[0])}` : element.localName;
  const row = element.closest("[data-article]");
  return row ? `[data-article="${row.dataset.article}"] ${kind}` : kind;
}

function counted(number, thing) {
  return `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;
}

function wait(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
