// The reader's place in the window: as tall as what is visible of it, with the cited words in sight.

const SCROLL_KEYS = new Set(["PageUp", "PageDown", "Home", "End", " ", "ArrowUp", "ArrowDown"]);
const NEVER_BEHIND = "script, style, link, dialog, #said, #quote-tip"; // what is used or heard over the sheet
const still = matchMedia("(prefers-reduced-motion: reduce)");

export const narrow = matchMedia("(max-width: 899.98px)"); // as in reader.css

export class ReaderView {
  #behind = []; // what the sheet made inert
  #left = false; // the person has scrolled away from the cited words

  constructor(aside, page) {
    this.aside = aside;
    this.page = page;
    addEventListener("scroll", () => this.fit(), { passive: true });
    addEventListener("resize", () => this.fit());
    narrow.addEventListener("change", () => this.setBehind());
    const left = () => (this.#left = true);
    for (const kind of ["wheel", "touchmove"]) page.addEventListener(kind, left, { passive: true });
    page.addEventListener("keydown", (event) => SCROLL_KEYS.has(event.key) && left());
    page.addEventListener("pointerdown", (event) => event.target === page && left()); // on the scrollbar
    const sizes = new ResizeObserver(() => this.#resized());
    sizes.observe(page);
    sizes.observe(document.body); // what stands above the reader may have grown
  }

  // Beside the chat it begins below the masthead until that is scrolled away.
  fit() {
    if (this.aside.hidden) return;
    const top = Math.max(0, Math.ceil(this.aside.getBoundingClientRect().top));
    this.aside.style.setProperty("--reader-top", `${Math.min(top, Math.round(innerHeight / 2))}px`);
  }

  toCited({ glide = false } = {}) {
    const cited = this.page.querySelector("mark.cited");
    this.#left = false;
    this.page.scrollTo({ top: cited ? this.#topFor(cited) : 0, behavior: glide && !still.matches ? "smooth" : "instant" });
  }

  // As a sheet it covers the page: what lies behind takes no focus.
  setBehind() {
    for (const element of this.#behind) element.inert = false;
    this.#behind = this.aside.hidden || !narrow.matches ? [] : allBut(this.aside);
    for (const element of this.#behind) element.inert = true;
  }

  // In a text that flows anew, the cited words are elsewhere.
  #resized() {
    this.fit();
    const cited = this.aside.hidden || this.#left ? null : this.page.querySelector("mark.cited");
    if (!cited) return;
    const [view, words] = [this.page.getBoundingClientRect(), cited.getBoundingClientRect()];
    if (words.top < view.top || Math.min(words.bottom, words.top + view.height / 2) > view.bottom) this.toCited();
  }

  // The cited words in the middle of what is seen of the page; if they are longer than that, from their beginning.
  #topFor(cited) {
    const view = this.page.getBoundingClientRect();
    const words = cited.getBoundingClientRect();
    const cut = Math.max(0, -view.top); // what of the page is above the window
    const seen = Math.min(view.bottom, innerHeight) - Math.max(view.top, 0);
    const [hidden, height] = seen > 0 ? [cut, seen] : [0, view.height]; // out of sight as a whole, it counts as a whole
    const above = words.height < height * 0.8 ? (height - words.height) / 2 : height * 0.1;
    return this.page.scrollTop + words.top - view.top - hidden - above;
  }
}

// The largest parts of the page that hold neither `kept` nor what is never behind it, and are not inert already.
function allBut(kept, within = document.body) {
  return [...within.children].flatMap((child) => {
    if (child === kept || child.inert || child.matches(NEVER_BEHIND)) return [];
    return child.contains(kept) || child.querySelector("#said, dialog") ? allBut(kept, child) : [child];
  });
}
