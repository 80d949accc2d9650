// The address names what is read, and Back closes it: one entry of the history while the reader is open, none after.

const READING = "citewell.reading"; // in the state of an entry that was put there when the reader opened

export class AddressBar {
  #leaving = false; // on the way back over that entry, which takes the browser a moment

  // `arrived(href)` is told what an address that was gone to names: "#read=…", or null for no article.
  constructor(arrived) {
    this.arrived = arrived;
    addEventListener("popstate", () => this.#went());
    addEventListener("hashchange", () => this.#leaving || arrived(this.named));
  }

  get named() {
    return location.hash.startsWith("#read=") ? location.hash : null;
  }

  // From no article to one is a step that Back undoes; from one to the next is not.
  name(href) {
    this.wanted = href;
    if (this.#leaving || location.hash === href) return;
    if (this.named) return history.replaceState(history.state, "", href);
    history.scrollRestoration = "manual"; // closing must not scroll the conversation
    history.pushState({ ...history.state, [READING]: true }, "", href);
  }

  clear() {
    this.wanted = null;
    if (this.#leaving || !this.named) return;
    this.#leaving = history.state?.[READING] === true;
    if (this.#leaving) history.back();
    else history.replaceState(history.state, "", location.pathname + location.search);
  }

  #went() {
    if (!this.named) history.scrollRestoration = "auto";
    if (!this.#leaving) return this.arrived(this.named);
    this.#leaving = false;
    if (this.wanted) this.name(this.wanted); // another was opened meanwhile
  }
}
