// Read an article beside the chat, opened at the cited words.

import { AddressBar } from "./addressbar.js";
import { fetchArticle } from "./articles.js";
import { LINKS, MARKS, groupOf, linksTo, placeOf } from "./citations.js";
import { QuoteTip } from "./quotetip.js";
import { copyQuote } from "./quoting.js";
import { composer, listenToKeys } from "./readerkeys.js";
import { ReaderView, narrow } from "./readerview.js";

const BAR = `
<div class="reader-bar">
  <div class="reader-walk" role="group" aria-label="Citations of this answer">
    <button type="button" id="reader-previous" title="Previous citation (←)" aria-label="Previous citation">
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M10 3 5 8l5 5"/></svg></button>
    <span id="reader-position" role="status"></span>
    <button type="button" id="reader-next" title="Next citation (→)" aria-label="Next citation">
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="m6 3 5 5-5 5"/></svg></button>
  </div>
  <p id="reader-name"></p>
  <button type="button" id="reader-copy" title="Copy the quote with its source">
    <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M6 2.5h7.5V10M10.5 5.5h-8v8h8z"/></svg><span>Copy as quote</span></button>
  <button type="button" id="reader-close" title="Close the article (Esc)" aria-label="Close the article">
    <svg viewBox="0 0 16 16" aria-hidden="true"><path d="m3.5 3.5 9 9m0-9-9 9"/></svg></button>
</div>
<div class="reader-page" tabindex="0" role="region" aria-label="Text of the article"></div>`;

let mounted = null;

// Build the reader in its <aside>, and open what the address bar names.
export function mountReader(aside) {
  mounted ??= new Reader(aside);
}

// Open `group[index]`; a group is a list of addresses such as "#read=ID:START-END" or, for a whole article, "#read=ID".
export function openReader(group, index = 0) {
  return mounted?.open(group.map((href) => ({ href })), index, document.activeElement);
}

// Look whether what is shown is still there: for whoever learns that the library has changed.
export function refreshReader() {
  return mounted?.refresh();
}

class Reader {
  #group = []; // {href, number?}: what previous and next walk through
  #index = 0;
  #opener = null; // gets the focus back
  #alone = false; // opened from the address bar: the answer it belongs to may not be there yet
  #request = null;
  #shown = null; // id of the article in view

  constructor(aside) {
    this.aside = aside;
    aside.innerHTML = BAR;
    this.page = aside.querySelector(".reader-page");
    this.walk = aside.querySelector(".reader-walk");
    this.view = new ReaderView(aside, this.page);
    this.tip = new QuoteTip({ skip: (link) => link.getAttribute("href") === this.#href });
    this.address = new AddressBar((href) => (href ? this.#openAddress(href) : this.#shut()));
    this.#listen();
    if (this.address.named) this.#openAddress(this.address.named);
  }

  get #href() {
    return this.aside.hidden ? null : this.#group[this.#index]?.href;
  }

  open(group, index, opener = this.#opener, { focus = true } = {}) {
    this.tip.hide();
    this.#group = group;
    this.#index = index;
    this.#opener = opener;
    this.#alone = false;
    const shown = this.#show();
    if (focus && !this.aside.contains(document.activeElement)) this.#focus();
    return shown;
  }

  close() {
    this.#shut();
    this.address.clear();
  }

  #shut() {
    if (this.aside.hidden) return;
    const href = this.#href;
    this.#request?.abort();
    this.aside.hidden = true;
    this.page.replaceChildren();
    this.#setName();
    this.#shown = null;
    document.body.classList.remove("reading");
    this.view.setBehind();
    this.#markLinks();
    const again = this.#opener?.isConnected ? this.#opener : linksTo(href).at(-1);
    (again ?? composer())?.focus();
    this.tip.hide();
  }

  async refresh() {
    const href = this.#href;
    if (!href || this.#shown === null || this.aside.ariaBusy === "true") return;
    const found = await fetchArticle(placeOf(href), [], new AbortController().signal);
    if (found.status === 404 && this.#href === href && this.aside.ariaBusy !== "true") this.#show(); // says so
  }

  // Getting it and showing it

  async #show({ move = true } = {}) {
    const { href } = this.#group[this.#index];
    const place = placeOf(href);
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    if (this.#shown === null) this.page.replaceChildren(paragraph("reader-wait", "Opening the article…"));
    this.aside.hidden = false;
    this.aside.ariaBusy = "true";
    document.body.classList.add("reading");
    this.view.fit();
    this.view.setBehind();
    this.address.name(href);
    this.#markLinks();
    this.#setBar();
    const found = await fetchArticle(place, this.#others(place), request.signal);
    if (request.signal.aborted) return; // the last click wins
    this.aside.ariaBusy = "false";
    this.aside.querySelector("#reader-copy").hidden = !found.article;
    if (found.article) this.#put(found.article, place, move);
    else this.#fail(found);
  }

  #focus() {
    this.page.focus({ preventScroll: true });
  }

  #others(here) {
    const places = this.#group.map(({ href }) => placeOf(href)).filter((other) => other?.at);
    return places.filter(({ id, at }) => id === here?.id && at !== here.at).map(({ at }) => at);
  }

  #put(article, place, move) {
    const from = this.#shown === place.id ? this.page.scrollTop : null;
    this.#numberMarks(article, place);
    this.page.replaceChildren(article);
    this.#setName(article.querySelector(".name"));
    this.#shown = place.id;
    this.page.scrollTop = from ?? 0;
    if (move) this.view.toCited({ glide: from !== null });
  }

  // Which article this is, in the bar: there when its beginning is scrolled away, too.
  #setName(name) {
    const line = this.aside.querySelector("#reader-name");
    line.replaceChildren(...(name?.childNodes ?? []));
    line.title = line.textContent;
  }

  // The numbers the citations have in the answer; styles show them, so that the text stays the article's own.
  #numberMarks(article, place) {
    const numbers = new Map(this.#group.map(({ href, number }) => [href, number]));
    for (const mark of article.querySelectorAll("mark")) {
      const href = `#read=${place.id}:${mark.dataset.at ?? place.at}`;
      if (numbers.get(href)) mark.dataset.number = numbers.get(href);
      numbers.delete(href); // of one that is marked in two pieces, only the first
    }
  }

  #fail({ sentence, again = false }) {
    const problem = document.createElement("div");
    problem.className = "reader-problem";
    problem.setAttribute("role", "alert");
    problem.append(paragraph("", sentence));
    if (again) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Try again";
      button.addEventListener("click", () => {
        this.#focus(); // this button is about to go
        this.#show();
      });
      problem.append(button);
    }
    this.#shown = null;
    this.#setName();
    this.page.replaceChildren(problem);
  }

  // Walking

  #step(by) {
    if (this.#group[this.#index + by]) this.open(this.#group, this.#index + by);
  }

  // From a citation in the answer: the focus goes on to its neighbour, and so does the reader if it is open.
  #stepFrom(link, by) {
    const answer = link.closest(".answer");
    const group = groupOf(link);
    const index = group.findIndex(({ href }) => href === link.getAttribute("href")) + by;
    if (!group[index]) return;
    const { href } = group[index];
    const next = linksTo(href, link.closest(".sources") ?? answer)[0] ?? linksTo(href, answer)[0];
    next.focus();
    if (!this.aside.hidden) this.open(group, index, next, { focus: false });
  }

  #setBar() {
    const { length } = this.#group;
    this.walk.hidden = length < 2;
    this.aside.querySelector("#reader-position").textContent = length < 2 ? "" : `${this.#index + 1} of ${length}`;
    // Not `disabled`: a button that has the focus would swallow the keys.
    this.aside.querySelector("#reader-previous").ariaDisabled = String(this.#index === 0);
    this.aside.querySelector("#reader-next").ariaDisabled = String(this.#index === length - 1);
  }

  // Listening

  #listen() {
    document.addEventListener("click", (event) => this.#clicked(event));
    listenToKeys({
      escape: () => this.tip.hide() || this.close(),
      toComposer: (box) => this.#toComposer(box),
      walks: (target) => this.aside.contains(target) && this.#group.length > 1,
      step: (by) => this.#step(by),
      stepFrom: (link, by) => this.#stepFrom(link, by),
    });
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
    const press = (id, act) => this.aside.querySelector(id).addEventListener("click", act);
    press("#reader-previous", () => this.#step(-1));
    press("#reader-next", () => this.#step(1));
    press("#reader-close", () => this.close());
    press("#reader-copy", (event) => copyQuote(this.page, event.currentTarget));
    this.page.addEventListener("click", (event) => this.#clickedText(event));
    let due = 0; // answers are rendered anew while they come
    new MutationObserver(() => {
      due ||= requestAnimationFrame(() => {
        due = 0;
        this.#rendered();
      });
    }).observe(document.body, { childList: true, subtree: true });
  }

  #clicked(event) {
    const link = event.target instanceof Element ? event.target.closest(LINKS) : null;
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const group = groupOf(link);
    this.open(group, group.findIndex(({ href }) => href === link.getAttribute("href")), link);
  }

  // Another citation's words lead to that citation, unless they are being marked with the mouse.
  #clickedText(event) {
    const at = event.target.closest("mark.also")?.dataset.at;
    const index = at ? this.#group.findIndex(({ href }) => href === `#read=${this.#shown}:${at}`) : -1;
    if (index >= 0 && getSelection().isCollapsed) this.open(this.#group, index);
  }

  #toComposer(box) {
    if (narrow.matches) this.close();
    box.focus();
  }

  #openAddress(href) {
    if (href === this.#href) return;
    const link = linksTo(href).at(-1);
    const group = link ? groupOf(link) : [{ href }];
    this.open(group, group.findIndex((each) => each.href === href), link ?? null, { focus: narrow.matches });
    this.#alone = !link;
  }

  #rendered() {
    this.tip.check();
    this.#markLinks();
    const link = this.#alone && this.#href ? linksTo(this.#href).find((each) => each.closest(".answer")) : null;
    if (!link) return;
    this.#alone = false;
    this.#opener = link;
    this.#group = groupOf(link);
    this.#index = this.#group.findIndex(({ href }) => href === link.getAttribute("href"));
    this.#show({ move: this.#shown === null });
  }

  // The page around it

  #markLinks() {
    const current = this.#href;
    for (const link of document.querySelectorAll(`${LINKS}.current`)) {
      if (link.getAttribute("href") === current) continue;
      link.classList.remove("current");
      link.removeAttribute("aria-current");
    }
    if (current === null) return;
    for (const link of linksTo(current)) {
      if (!link.matches(MARKS) || link.classList.contains("current")) continue;
      link.classList.add("current");
      link.setAttribute("aria-current", "true");
    }
  }
}

function paragraph(className, text) {
  const element = document.createElement("p");
  if (className) element.className = className;
  element.textContent = text;
  return element;
}
