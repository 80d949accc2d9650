"""Lay out what was measured: how Citewell does as its library grows, and how many times that its peers take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qa.terminal import Line, Table
from qa_eval.speed.growing import CITEWELL, PARTS, PEERS, SIZES, TEXTS, at
from qa_eval.speed.kept import SEEDS, Measurement
from qa_eval.speed.summary import COMPARISONS, MB, Summary, compared, known_fields, summarise

NONE = "–"

Shown = Callable[[Summary], str]


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that was measured, by size and subject, with what it was made with.

    `texts` holds for each size how many articles there are and how many bytes of text. `remarks` are sentences about
    what a reader should know.
    """

    header: Mapping[str, Any]
    texts: Mapping[int, tuple[int, int]]
    summaries: Mapping[int, Mapping[str, Summary]]
    remarks: tuple[str, ...] = ()


def gather(header: Mapping[str, Any], measurements: Iterable[Measurement], remarks: tuple[str, ...] = ()) -> Measured:
    """Add up all measurements."""
    by_size: dict[int, dict[str, list[Measurement]]] = {}
    texts: dict[int, tuple[int, int]] = {}
    for each in measurements:
        if each.subject == TEXTS:
            texts[each.size] = each.result["articles"], each.result["bytes"]
        else:
            by_size.setdefault(each.size, {}).setdefault(each.subject, []).append(each)
    summaries = {
        size: {subject: summarise(listed) for subject, listed in by_size[size].items()} for size in sorted(by_size)
    }
    return Measured(header, texts, summaries, remarks)


def growth(measured: Measured) -> Table:
    """Return our figures, a column for each size."""
    sizes = [size for size in measured.summaries if CITEWELL.name in measured.summaries[size]]
    ours = [measured.summaries[size][CITEWELL.name] for size in sizes]
    counts = [measured.texts.get(size, (0, 0)) for size in sizes]
    rows = [
        ("articles", *(f"{articles:,}" for articles, _ in counts)),
        ("text, MB", *(number(size / MB) for _, size in counts)),
        *((label, *(shown(each) for each in ours)) for label, shown in _FIGURES),
    ]
    known = tuple(row for row in rows if any(cell != NONE for cell in row[1:]))
    return Table(("figure", *map(at, sizes)), known)


def beside(measured: Measured) -> Table:
    """Return the ratios: for each figure and size how many times ours a peer takes, and the medians themselves."""
    peers = [peer for peer in PEERS if any(peer.name in each for each in measured.summaries.values())]
    rows = []
    for comparison in COMPARISONS:
        for size, subjects in measured.summaries.items():
            ours = subjects.get(CITEWELL.name, Summary())
            ratios = [comparison.ratio(ours, subjects.get(peer.name, Summary())) for peer in peers]
            if any(ratio is not None for ratio in ratios):
                theirs = [getattr(subjects.get(peer.name, Summary()), comparison.theirs) for peer in peers]
                pairs = zip(ratios, theirs, strict=True)
                cells = [cell for ratio, value in pairs for cell in (times(ratio), number(value))]
                rows.append((comparison.label, at(size), *cells, number(getattr(ours, comparison.ours))))
    columns = [column for peer in peers for column in (f"{peer.title}: times ours", "itself")]
    return Table(("figure", "size", *columns, CITEWELL.title), tuple(rows))


def parts(measured: Measured) -> Iterator[Line | Table]:
    """Yield what a person reads in a terminal, where the remarks were said before."""
    yield growth(measured)
    if _has_peers(measured):
        yield Line()
        yield beside(measured)
    notes = [Line(((note, ""),)) for note in _found(measured)]
    yield from [Line(), *notes] if notes else []


def markdown(measured: Measured, command: str) -> str:
    """Return the same as a piece of Markdown."""
    pieces = [f"`{command}`, {machine(measured.header)}.", _table(growth(measured))]
    if _has_peers(measured):
        pieces.append(_table(beside(measured)))
    notes = [f"- {note}" for note in (*_found(measured), *measured.remarks)]
    return "\n\n".join([*pieces, *(["\n".join(notes)] if notes else [])]) + "\n"


def record(measured: Measured) -> dict[str, Any]:
    """Return everything as plain values; `ratios` are how many times ours a peer takes."""
    sizes = []
    for size, subjects in measured.summaries.items():
        ours = subjects.get(CITEWELL.name, Summary())
        articles, total = measured.texts.get(size, (0, 0))
        ratios = {
            name: {f"{each.theirs}/{each.ours}": round(ratio, 3) for each, ratio in compared(ours, theirs)}
            for name, theirs in subjects.items()
            if name != CITEWELL.name
        }
        measures = {name: known_fields(each) for name, each in subjects.items()}
        about = {"size": "seeds" if size == SEEDS else size, "articles": articles, "bytes": total}
        sizes.append({**about, "measured": measures, "ratios": ratios})
    return {"made_with": dict(measured.header), "sizes": sizes, "remarks": list(measured.remarks)}


def rest(measured: Measured, up_to: int) -> str | None:
    """Say what the next size would cost at the pace of the largest that was measured; None if there is none."""
    beyond = next((size for size in SIZES if size > up_to), None)
    costs = []
    for subject in (CITEWELL, *PEERS):
        summaries = {size: each[subject.name] for size, each in measured.summaries.items() if subject.name in each}
        largest = max((size for size, each in summaries.items() if each.chunks_per_second), default=SEEDS)
        if beyond and largest and (pace := summaries[largest].chunks_per_second):
            costs.append(f"{subject.title} {_time((beyond - largest) / pace)}")
    if not beyond or not costs:
        return None
    return f"To go on to {at(beyond)} would take, for indexing alone: {', '.join(costs)}."


def number(value: float | None) -> str:
    """Write a figure with three digits or so."""
    if value is None:
        return NONE
    places = next((each for each, least in enumerate((100, 10, 1)) if value >= least), 3)
    return f"{value:,.{places}f}"


def times(ratio: float | None) -> str:
    """Write a ratio: "12 ×"."""
    return NONE if ratio is None else f"{number(ratio)} ×"


def machine(header: Mapping[str, Any]) -> str:
    """Say in a line what was measured on and with."""
    return ", ".join(f"{name} {value}" for name, value in header.items() if value)


def _time(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds > 5_400 else f"{max(1, round(seconds / 60))} min"


def _has_peers(measured: Measured) -> bool:
    return any(peer.name in each for each in measured.summaries.values() for peer in PEERS)


def _found(measured: Measured) -> Iterator[str]:
    """Say at the largest size that everyone found what was asked for: a fast search for nothing would be no feat."""
    for size, subjects in list(measured.summaries.items())[-1:]:
        for subject in (CITEWELL, *PEERS):
            summary = subjects.get(subject.name)
            if summary and summary.known:
                said = f"; its answers say what is right for {summary.answers_found}" if summary.answers_found else ""
                yield (
                    f"{subject.title}, {at(size)}: the article that answers is among the ten passages for "
                    f"{summary.found} of {summary.known} questions{said}."
                )


def _table(table: Table) -> str:
    rows = [table.columns, tuple("---" if not number else "--:" for number in range(len(table.columns))), *table.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _figure(name: str) -> Shown:
    return lambda summary: number(getattr(summary, name))


def _part(name: str) -> Shown:
    return lambda summary: number(summary.disk_parts.get(name))


_FIGURES: tuple[tuple[str, Shown], ...] = (
    ("chunks", lambda summary: NONE if summary.chunks is None else f"{summary.chunks:,}"),
    ("qa --help, s", _figure("help")),
    ("qa index, a new process, s", _figure("index_seeds")),
    ("indexing, articles a second", _figure("articles_per_second")),
    ("indexing, chunks a second", _figure("chunks_per_second")),
    ("indexing, MB of text a second", _figure("mb_per_second")),
    ("memory while indexing, MB", _figure("index_mb")),
    ("qa ask, a new process, s", _figure("cold_answer")),
    ("memory of qa ask, MB", _figure("cold_answer_mb")),
    ("warm answer p50, ms", _figure("answer_p50")),
    ("warm answer p95, ms", _figure("answer_p95")),
    ("memory while answering, MB", _figure("answer_mb")),
    ("warm search p50, ms", _figure("warm_p50")),
    ("warm search p95, ms", _figure("warm_p95")),
    ("questions", lambda summary: NONE if summary.questions is None else str(summary.questions)),
    ("disk, MB", _figure("disk_mb")),
    *((f"disk: {name}, MB", _part(name)) for name in (*PARTS, "other")),
)
