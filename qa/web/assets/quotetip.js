// A citation shows its quote and its source: on hover and on keyboard focus, in one tooltip for the whole page.

const LINKS = 'a:is(.cite, .near)[href^="#read="]';
const SAID = ".short, .text, .said-by"; // the answer's own words, which it covers only where it must
const PAUSE = 140; // ms before it comes, so that a pointer passing by sets nothing off
const LINGER = 280; // ms before it goes, so that a pointer can reach it
const MARGIN = 8; // px to the edges of the window and to the citation

export class QuoteTip {
  // `skip(link)` is true where there is nothing to show that is not in view already.
  constructor({ skip }) {
    this.skip = skip;
    this.link = null;
    this.tip = document.createElement("div");
    this.tip.id = "quote-tip";
    this.tip.setAttribute("role", "tooltip");
    this.tip.innerHTML = '<p class="tip-quote" dir="auto"></p><p class="tip-source" dir="auto"></p>';
    [this.quote, this.source] = this.tip.children;
    this.tip.hidden = true;
    document.body.append(this.tip);
    this.#listen();
  }

  // Says whether there was one to hide.
  hide() {
    clearTimeout(this.timer);
    const shown = !this.tip.hidden;
    this.tip.hidden = true;
    this.link?.removeAttribute("aria-describedby");
    this.link = null;
    return shown;
  }

  // The answer may have been rendered anew under the pointer.
  check() {
    if (this.link && !this.link.isConnected) this.hide();
  }

  #listen() {
    document.addEventListener("pointerover", (event) => this.#over(event));
    document.addEventListener("pointerout", (event) => this.#out(event));
    document.addEventListener("focusin", (event) => {
      const link = this.#linkAt(event.target);
      if (!link) return;
      takeTitle(link);
      if (link.matches(":focus-visible")) this.#show(link);
    });
    document.addEventListener("focusout", (event) => {
      const link = this.#linkAt(event.target);
      if (!link) return;
      giveTitleBack(link);
      if (link === this.link) this.hide();
    });
    document.addEventListener("scroll", () => this.#place(), { capture: true, passive: true });
    addEventListener("resize", () => this.#place());
  }

  #linkAt(node) {
    return node instanceof Element ? node.closest(LINKS) : null;
  }

  #over(event) {
    if (event.pointerType === "touch") return; // a tap opens the article at once
    if (this.tip.contains(event.target)) return clearTimeout(this.timer); // the quote can be read and scrolled
    const link = this.#linkAt(event.target);
    if (!link || link === this.link) return link && clearTimeout(this.timer);
    takeTitle(link);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#show(link), PAUSE);
  }

  #out(event) {
    const link = this.#linkAt(event.target);
    if (link && !link.contains(event.relatedTarget)) {
      if (link !== document.activeElement) giveTitleBack(link);
      this.#hideSoon();
    } else if (this.tip.contains(event.target) && !this.tip.contains(event.relatedTarget)) this.#hideSoon();
  }

  #hideSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.hide(), LINGER);
  }

  #show(link) {
    const quote = link.dataset.quote;
    if (!quote || !link.isConnected || this.skip(link)) return;
    this.hide();
    this.link = link;
    this.quote.textContent = quote;
    this.source.textContent = sourceOf(link);
    this.source.hidden = !this.source.textContent;
    this.tip.hidden = false;
    this.tip.scrollTop = 0;
    link.setAttribute("aria-describedby", this.tip.id);
    this.#place();
  }

  // Where it covers the least of what is said, above rather than below; never outside the window.
  #place() {
    if (!this.link) return;
    const mark = this.link.getClientRects()[0];
    if (!mark || mark.bottom < 0 || mark.top > innerHeight) return this.hide();
    const { width, height } = this.tip.getBoundingClientRect();
    const across = document.documentElement.clientWidth;
    const left = Math.max(MARGIN, Math.min(mark.left + mark.width / 2 - width / 2, across - width - MARGIN));
    const top = this.#topFor(mark, { left, right: left + width, height });
    this.tip.style.left = `${left}px`;
    this.tip.style.top = `${top}px`;
  }

  #topFor(mark, { left, right, height }) {
    const block = this.link.closest("p, li")?.getBoundingClientRect() ?? mark;
    const said = [...(this.link.closest(".answer")?.querySelectorAll(SAID) ?? [])].map((each) => each.getBoundingClientRect());
    const covered = (top) => sum([mark, block, ...said].map((box) => overlap(box, { left, right, top, bottom: top + height })));
    const lowest = innerHeight - height - MARGIN;
    const tops = [mark.top - height - MARGIN, block.top - height - MARGIN, mark.bottom + MARGIN, block.bottom + MARGIN];
    const free = tops.filter((top) => top >= MARGIN && top <= lowest);
    if (!free.length) return Math.max(MARGIN, lowest);
    return free.reduce((best, top) => (covered(top) < covered(best) ? top : best));
  }
}

// Title, outlet and day, from the line of the answer's sources that has the same number.
function sourceOf(link) {
  const href = link.getAttribute("href");
  const lines = link.closest(".answer")?.querySelectorAll(".sources > li, .nearest li") ?? [];
  const line = [...lines].find((each) => each.querySelector(LINKS)?.getAttribute("href") === href);
  const parts = [".from .title", ".from .where"].map((part) => line?.querySelector(part)?.textContent.trim());
  return parts.filter(Boolean).join(" · ");
}

function overlap(one, other) {
  const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  return Math.max(0, across) * Math.max(0, down);
}

function sum(numbers) {
  return numbers.reduce((one, other) => one + other, 0);
}

// While ours is shown the browser must not show its own: the title goes aside, and comes back afterwards.
function takeTitle(link) {
  if (!link.title) return;
  link.dataset.quote = link.title;
  link.removeAttribute("title");
}

function giveTitleBack(link) {
  if (link.dataset.quote && !link.title) link.title = link.dataset.quote;
}
