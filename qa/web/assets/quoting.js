// Copy the cited words, or those that were marked with the mouse, with where they are from.

const SAID = 1_600; // ms that the button says what came of it

export async function copyQuote(page, button) {
  const quote = wordsMarked(page) || page.querySelector("mark.cited")?.textContent;
  const source = page.querySelector(".source-line")?.textContent;
  if (!source) return;
  if (!quote) return say("Mark the words in the article first, then copy them as a quote.");
  const done = await copyText(`“${quote}” — ${source}`, button.parentElement);
  say(done ? "Copied the quote with its source." : "The browser did not allow copying. Mark the words and copy them.");
  const label = button.querySelector("span");
  label.textContent = done ? "Copied" : "Not copied";
  setTimeout(() => (label.textContent = "Copy as quote"), SAID);
}

function wordsMarked(page) {
  const selection = getSelection();
  const body = page.querySelector(".body");
  if (!body || selection.isCollapsed || !body.contains(selection.getRangeAt(0).commonAncestorContainer)) return "";
  return selection.toString();
}

// Returns whether it could be copied.
export async function copyText(text, where) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text, where); // no permission, or an address that the browser does not count as safe
  }
}

function copyByCommand(text, where) {
  const before = document.activeElement;
  const box = document.createElement("textarea");
  box.value = text;
  box.className = "reader-copying";
  where.append(box);
  box.select();
  try {
    return document.execCommand("copy");
  } finally {
    box.remove();
    before?.focus({ preventScroll: true });
  }
}

function say(text) {
  window.citewell?.say?.(text);
}
