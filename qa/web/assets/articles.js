// Get an article from the server, as it is now, or a sentence that says why not.

const PATIENCE = 20_000; // ms until a server that says nothing counts as lost
const LOST = "The connection to Citewell was lost. See whether “qa serve” is still running, then try again.";
const SIGNED_OUT = "You are no longer signed in. Load the page again.";
const WRONG = "The article could not be opened.";
const NOWHERE = "This link leads to no article. It may have been cut short when it was copied.";

// Resolves to {article}, an element, or to {sentence, status, again}: `again` where another try may help.
export async function fetchArticle(place, also, signal) {
  if (!place) return { sentence: NOWHERE };
  try {
    const either = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
    const response = await fetch(addressOf(place, also), { signal: either, cache: "no-store" });
    return read(response, new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch {
    return { sentence: LOST, again: true };
  }
}

function addressOf({ id, at }, also) {
  const address = new URL(`page/articles/${id}`, document.baseURI);
  if (at) address.searchParams.set("at", at);
  for (const other of also) address.searchParams.append("also", other);
  return address;
}

function read(response, parsed) {
  const article = response.ok ? parsed.querySelector("article.article") : null;
  if (article) return { article: named(document.adoptNode(article)) };
  if (response.status === 401) return { sentence: SIGNED_OUT };
  const sentence = parsed.querySelector(".problem")?.textContent.trim() || WRONG;
  return { sentence, status: response.status, again: response.status !== 404 };
}

// The language is written as a code; the browser knows its name.
function named(article) {
  const language = article.querySelector(".language");
  try {
    if (language) language.textContent = new Intl.DisplayNames(["en"], { type: "language" }).of(language.textContent);
  } catch {
    // a code that stands for no language: it stays
  }
  return article;
}
