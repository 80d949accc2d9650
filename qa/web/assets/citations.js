// Citations in the page: links whose address says which words of which article they stand for.

export const LINKS = 'a[href^="#read="]';
export const MARKS = 'a.cite[href^="#read="]'; // the numbers; a source's title leads to the same words
const PLACE = /^#read=([0-9A-Za-z_-]{1,64})(?::([0-9]{1,9}-[0-9]{1,9}))?$/;

// "#read=ID:START-END" is {id, at: "START-END"}; "#read=ID", a whole article, has no `at`; anything else is null.
export function placeOf(href) {
  const found = PLACE.exec(href);
  return found && { id: found[1], at: found[2] };
}

// The links to a place: where there are numbers, those.
export function linksTo(href, root = document) {
  const links = [...root.querySelectorAll(LINKS)].filter((link) => link.getAttribute("href") === href);
  const marks = links.filter((link) => link.matches(MARKS));
  return marks.length ? marks : links;
}

// The distinct citations of the answer that a link belongs to, as {href, number}, in the order of their numbers.
export function groupOf(link) {
  const group = new Map();
  for (const each of link.closest(".answer")?.querySelectorAll(LINKS) ?? [link]) {
    const href = each.getAttribute("href");
    const number = each.matches(MARKS) ? /[0-9]+/.exec(each.textContent)?.[0] : undefined;
    if (!group.get(href)?.number) group.set(href, { href, number });
  }
  const rank = ({ number }) => (number ? Number(number) : Number.MAX_VALUE);
  return [...group.values()].sort((one, other) => rank(one) - rank(other));
}
