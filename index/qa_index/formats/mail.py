"""Read a mail as an article: its words without signature and quoted mails, and what is attached to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any, cast

from qa_index.formats import quoting, stating
from qa_index.formats.kinds import BEGINNING, kind_of, within
from qa_index.formats.pages import UNSEEN, Unreadable, parsed, text_of, written
from qa_index.formats.quoting import Said
from qa_index.reading.decoding import decode
from qa_index.stories import Broken, Kind, Piece, Story

# What the parser of Python's library raises on damaged headers, by what they hold.
_UNREADABLE = (RecursionError, ValueError, LookupError, TypeError, AttributeError)
_MOST_PARTS = 200
_DEEPEST = 20
_DEEPEST_MAIL = 2  # mails attached to mails
# What stands for the page in a mail whose sender wrote only a page.
_STUB = re.compile(
    r"\b(?:view|read|open|see|display)\b.{0,60}\b(?:browser|online|web page|webpage|as a web)\b|"
    r"\b(?:requires?|needs?|supports?|enable|view|capable)\b.{0,40}\bhtml\b|\bhtml\b.{0,40}\b(?:viewer|version|e?-?mail)\b|"
    r"https?://\S+",
    re.IGNORECASE,
)
_TIMES_SHORTER = 3
_QUOTE_CLASS = re.compile(r"(?:^|\s)(?:gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote)(?:\s|$)")
_FORWARD = re.compile(r"forwarded message|пересылаемое сообщение|weitergeleitete nachricht", re.IGNORECASE)
_CANNOT = "it holds no readable text; save the text of the mail as .txt and index that"


def stories(piece: Piece, depth: int = 0) -> Iterator[Story | Broken]:
    """Yield the mail's own text as a story, then what is attached to it, which has its name for a place.

    A mail that is passed on counts as the mail that it was; a page that a browser saved as a mail, as that page.
    """
    try:
        mail = message_from_bytes(piece.content, policy=default)
        parts = list(_parts(mail))
        page = _saved_page(piece, mail, parts)
        said = Said("") if page else _said(mail)
    except _UNREADABLE as error:
        yield Broken(piece.place, f"it is no mail that can be read ({type(error).__name__}); export it again")
        return
    if page:
        from qa_index.formats import html

        yield from html.stories(page)
        return
    if not any(name in mail for name in ("from", "subject", "date", "received", "message-id")):
        yield Broken(piece.place, "it is no mail, for it has neither sender nor subject nor date; check the file")
        return
    attached = [story for part in parts if _is_attached(part) for story in _attached(piece, part, depth)]
    if said.text:
        yield _story(piece, mail, said)
    elif not attached:
        yield Broken(piece.place, _CANNOT)
    yield from attached


def _parts(mail: Message) -> Iterator[Message]:
    """Yield the parts that hold something, in order, as far as a mail written by people goes."""
    stack, seen = [(mail, 0)], 0
    while stack and seen < _MOST_PARTS:
        part, depth = stack.pop()
        seen += 1
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            if depth < _DEEPEST:
                stack += [(each, depth + 1) for each in reversed(_inner(part))]
        else:
            yield part


def _inner(part: Message) -> list[Message]:
    inner = part.get_payload()
    return [each for each in inner[:_MOST_PARTS] if isinstance(each, Message)] if isinstance(inner, list) else []


def _saved_page(piece: Piece, mail: Message, parts: list[Message]) -> Piece | None:
    """Return the page that a browser saved together with its images (.mhtml); None for a mail.

    The date is the day when it was saved. The page is the first part, and says itself what it is about.
    """
    address = _header(mail, "snapshot-content-location").strip()
    first = next((part for part in parts if part.get_content_type() in ("text/html", "application/xhtml+xml")), None)
    saved = "saved by" in _header(mail, "from").lower() or not ("to" in mail or "received" in mail)
    located = first is not None and bool(_header(first, "content-location"))
    if first is None or not (address or (mail.get_content_type() == "multipart/related" and saved and located)):
        return None
    url = stating.address(address) or stating.address(_header(first, "content-location")) or piece.url
    payload = first.get_payload(decode=True)
    headers = {"content-type": _header(first, "content-type")}
    return Piece(piece.place, "html", payload if isinstance(payload, bytes) else b"", url, headers)


def _said(mail: Message) -> Said:
    """Return what the mail says, of its plain text and its page the one that is meant to be read."""
    return _said_by(mail, _header(mail, "subject"), [_MOST_PARTS], 0)


def _said_by(part: Message, subject: str, left: list[int], depth: int) -> Said:
    """Return what a part says; `left` is how many parts are still read of the mail."""
    left[0] -= 1
    kind = part.get_content_type()
    if left[0] < 0 or depth > _DEEPEST or (not part.is_multipart() and _is_attached(part)) or kind == "message/rfc822":
        return Said("")
    if not part.is_multipart():
        return quoting.said(_readable(part, subject), subject) if kind in ("text/plain", "text/html") else Said("")
    inner = [(each, _said_by(each, subject, left, depth + 1)) for each in _inner(part)]
    spoken = [(each, said) for each, said in inner if said.text]
    if kind == "multipart/alternative":
        return _chosen(spoken)
    first = next((said for _, said in spoken if said.is_forwarded), None)
    text = "\n\n".join(said.text for _, said in spoken)
    return Said(text, is_forwarded=first is not None, headers=first.headers if first else {})


def _chosen(forms: list[tuple[Message, Said]]) -> Said:
    """Return one of the forms of the same text: the plain one, unless it only stands for the page."""
    plain = next((said for part, said in forms if part.get_content_type() == "text/plain"), None)
    page = next((said for part, said in reversed(forms) if part.get_content_type() != "text/plain"), None)
    if plain is None or page is None:
        return plain or page or Said("")
    lines = [line for line in plain.text.split("\n") if line.strip()]
    stub = len(plain.text) * _TIMES_SHORTER < len(page.text) or all(_STUB.search(line) for line in lines)
    return page if stub else plain


def _is_attached(part: Message) -> bool:
    if part.get_content_disposition() == "attachment" or part.get_filename() is not None:
        return True
    return part.get_content_maintype() != "text"


def _readable(part: Message, subject: str = "") -> str:
    """Return the text of a part, in the encoding it names, else in the one it seems to have."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        text = content.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeError, ValueError):
        text = decode(content)
    if part.get_content_type() == "text/html":
        try:
            return _page_text(text)
        except Unreadable:
            return ""
    text = text.replace("\r\n", "\n")
    return _unflowed(text) if part.get_param("format") == "flowed" else text


def _page_text(page: str) -> str:
    """Return the readable text of a page without what mail programs mark as quoted."""
    tree = parsed(page) if "<" in page else None
    if tree is None:
        return text_of(page)
    for quote in [tag for tag in tree.iter("div", "blockquote") if _is_quote(tag)]:
        if quote.getparent() is not None and not _FORWARD.search(quote.text_content()[:2_000]):
            quote.drop_tree()
    return written(tree, unseen=UNSEEN)


def _is_quote(tag: Any) -> bool:  # noqa: ANN401 - lxml has no types
    return tag.get("type") == "cite" or _QUOTE_CLASS.search(tag.get("class") or "") is not None


def _unflowed(text: str) -> str:
    """Join the lines that a mail program broke: those that end with a space (RFC 3676)."""
    return re.sub(r"(?m)^(?!-- $)(?!>)(.*\S) \n(?![>\n])", r"\1 ", text)


def _story(piece: Piece, mail: Message, said: Said) -> Story:
    subject = said.headers.get("subject") or _header(mail, "subject")
    title = stating.line(quoting.without_forward(subject) if said.is_forwarded else subject)
    sent, authors = stating.when(_header(mail, "date"), "Date header"), _senders(mail)
    rules = {"title": "Subject header" if title else "", "authors": "From header" if authors else ""}
    if said.headers:  # who passes a mail on did not write it
        authors = stating.people(said.headers["from"])
        rules["authors"] = "forwarded From header" if authors else ""
        sent = (
            stating.when(re.sub(r"(?<=\d) at (?=\d)", " ", said.headers.get("date", "")), "forwarded Date header")
            or sent
        )
    rules |= {"published": sent.method if sent else ""}
    return Story(
        text=said.text,
        place=piece.place,
        title=title,
        authors=authors,
        published=(sent,) if sent else (),
        url=piece.url,
        language=stating.language(_header(mail, "content-language")),
        rules=tuple((field, rule) for field, rule in rules.items() if rule),
    )


def _senders(mail: Message) -> tuple[str, ...]:
    """Return the persons that the mail is from; a sender without a name, or one that is an outlet, is nobody."""
    try:
        people = [address.display_name for address in getattr(mail["from"], "addresses", ())]
    except _UNREADABLE:
        return ()
    return tuple(dict.fromkeys(name for each in people for name in stating.people(each)))


def _header(mail: Message, name: str) -> str:
    """Return a header as text; "" for none, and for one that the library cannot read."""
    try:
        return str(mail[name] or "")
    except _UNREADABLE:
        return ""


def _attached(piece: Piece, part: Message, depth: int) -> Iterator[Story | Broken]:
    """Yield the stories in what is attached; what could not be one, such as an image, is passed over."""
    from qa_index.formats.reading import stories as stories_of

    name = _name(part)
    place = within(piece.place, f"attachment {name or 'without a name'}")
    try:
        content = _content(part)
    except _UNREADABLE:
        yield Broken(place, "it cannot be taken out of its mail; save it by itself and index that")
        return
    kind = _kind(part, name, content)
    if kind == "text":
        text = _readable(part).strip()
        yield (
            Story(text, place)
            if text
            else Broken(place, "it shows no text; remove it, or put the article's text into it")
        )
    elif kind == "email" and depth < _DEEPEST_MAIL:
        yield from stories(Piece(place, "email", content), depth + 1)
    elif kind in ("html", "pdf", "docx"):
        headers = {"content-type": _header(part, "content-type")}
        yield from stories_of(Piece(place, cast("Kind", kind), content, headers=headers))


def _content(part: Message) -> bytes:
    if part.get_content_type() == "message/rfc822":
        return b"".join(each.as_bytes() for each in _inner(part)[:1])
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _name(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except _UNREADABLE:
        return ""


def _kind(part: Message, name: str, content: bytes) -> str | None:
    """Return what an attachment is, by its content and name, and by the type that its mail gives for it."""
    declared = {
        "text/plain": "text", "text/html": "html", "application/pdf": "pdf", "message/rfc822": "email",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    }.get(part.get_content_type())  # fmt: skip
    known = any(name.lower().endswith(suffix) for suffix in (".txt", ".md", ".html", ".htm", ".pdf", ".docx", ".eml"))
    if declared == "email" or not (declared or known):
        return declared
    found = kind_of(name, content[:BEGINNING]) if content else declared
    return found if found in ("html", "pdf", "docx", "email") else declared or found
