// The keyboard of the whole page: arrows walk the citations, Esc closes, / goes to the question.

import { LINKS } from "./citations.js";

const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

// `does` has escape(), toComposer(box), step(by), stepFrom(link, by) and walks(target): whether arrows there walk.
export function listenToKeys(does) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.key === "Escape") {
      if (!isBusy(target)) does.escape();
    } else if (event.key === "/") slash(event, target, does);
    else if (!isTextField(target)) arrow(event, target, does);
  });
}

export function composer() {
  const box = document.querySelector("#composer textarea");
  return box && box.checkVisibility() && !box.disabled ? box : null;
}

function arrow(event, target, does) {
  const by = event.shiftKey ? undefined : STEPS[event.key];
  const link = target.closest(LINKS);
  if (!by || !(link?.closest(".answer") || does.walks(target))) return;
  event.preventDefault();
  if (link) does.stepFrom(link, by);
  else does.step(by);
}

// In the empty question it has nowhere to go, and is no beginning of one either.
function slash(event, target, does) {
  const box = composer();
  if (target === box ? box.value : isTextField(target)) return;
  if (!box || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  if (target !== box) does.toComposer(box);
}

function isBusy(target) {
  return document.querySelector("dialog[open]") || target.closest('[aria-expanded="true"], [role="listbox"]');
}

function isTextField(element) {
  return element.isContentEditable || element.matches("input:not([type=button]):not([type=checkbox]), textarea, select");
}
