"""What became of checked claims, as tables for a person and a record for a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from qa.terminal import Line, Table, one_line
from qa_eval.claims.lies import KINDS

LEAST_DROPPED, MOST_LOST = 0.98, 0.05  # of lies; of supported claims
_SHOWN = 160  # characters of a claim in a list


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a claim: why it was dropped, None if it was kept, and what the judge said of it, if asked."""

    kind: str
    supported: bool
    text: str
    evidence: str
    reason: str | None
    check: str | None
    support: float | None = None

    @property
    def right(self) -> bool:
        """Whether it was kept if it is supported, and dropped if it is not."""
        return self.supported == (self.reason is None)


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured: each made claim's verdict, those of WiCE, and how well the judge tells these apart.

    `auroc` takes partly supported claims for unsupported, `auroc_clear` leaves them out; None where not measured.
    """

    judge: str
    verdicts: tuple[Verdict, ...]
    wice: tuple[Verdict, ...] = ()
    auroc: float | None = None
    auroc_clear: float | None = None

    def of(self, *, supported: bool) -> tuple[Verdict, ...]:
        """Return the verdicts on the supported claims, or on the lies."""
        return tuple(each for each in self.verdicts if each.supported == supported)


def dropped(verdicts: Sequence[Verdict]) -> float | None:
    """Return the share that was dropped, in [0, 1]; None of none."""
    return sum(each.reason is not None for each in verdicts) / len(verdicts) if verdicts else None


def missed(report: Report) -> Iterator[str]:
    """Say which goal was missed, if one was."""
    lies, lost = dropped(report.of(supported=False)), dropped(report.of(supported=True))
    if lies is not None and lies < LEAST_DROPPED:
        yield f"Of the lies {lies:.1%} were dropped, and it must be at least {LEAST_DROPPED:.0%}."
    if lost is not None and lost > MOST_LOST:
        yield f"Of the supported claims {lost:.1%} were dropped, and it must be at most {MOST_LOST:.0%}."


def parts(report: Report, *, worst: int = 12) -> Iterator[Line | Table]:
    """Yield tables of the kinds, the totals, and some claims that went wrong."""
    yield Table(("kind", "claims", "dropped", "wrong", "by which check"), tuple(_rows(report.verdicts)))
    yield Line()
    yield Line(((f"Judged by {report.judge}.", ""),))
    for supported, name, goal in (
        (False, "lies", f"at least {LEAST_DROPPED:.0%}"),
        (True, "supported claims", f"at most {MOST_LOST:.0%}"),
    ):
        of = report.of(supported=supported)
        yield Line(((f"{len(of):,} {name}: {_per_cent(dropped(of))} dropped (goal: {goal}), {_mean(of)} by kind", ""),))
    if report.wice:
        yield Line()
        yield Table(("WiCE", "claims", "dropped", "wrong", "by which check"), tuple(_rows(report.wice)))
        yield Line(((f"AUROC of support {_score(report.auroc)}, {_score(report.auroc_clear)} of clear cases", ""),))
    if chosen := _worst(report.verdicts, worst):
        yield Line()
        for each in chosen:
            yield Line(((f"{each.kind}: {f'dropped. {each.reason}' if each.reason else 'kept'}", "dim"),))
            yield Line(((one_line(each.text)[:_SHOWN], ""),), indent=2)


def _mean(of: Sequence[Verdict]) -> str:
    """Return the mean over the kinds, each counted alike."""
    shares = [dropped([each for each in of if each.kind == kind]) or 0.0 for kind in {each.kind for each in of}]
    return _per_cent(sum(shares) / len(shares) if shares else None)


def _worst(verdicts: Sequence[Verdict], count: int) -> list[Verdict]:
    """Return wrong verdicts, of each kind in turn, those that the judge was surest of first."""
    by_kind: dict[str, list[Verdict]] = {}
    for each in verdicts:
        if not each.right:
            by_kind.setdefault(each.kind, []).append(each)
    for group in by_kind.values():
        group.sort(key=lambda each: (each.support or 0.0) * (1 if each.supported else -1))
    return [group[i] for i in range(count) for group in by_kind.values() if i < len(group)][:count]


def _rows(verdicts: Sequence[Verdict]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each kind, the supported ones first."""
    order = {kind: place for place, kind in enumerate(KINDS)}
    for kind in sorted(dict.fromkeys(each.kind for each in verdicts), key=lambda kind: order.get(kind, -1)):
        of = [each for each in verdicts if each.kind == kind]
        checks = Counter(each.check for each in of if each.check)
        by = ", ".join(f"{check} {count}" for check, count in checks.most_common())
        yield kind, str(len(of)), _per_cent(dropped(of)), str(sum(not each.right for each in of)), by


def _per_cent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def record(report: Report) -> dict[str, Any]:
    """Return everything that was measured, as plain values; shares are in [0, 1]."""
    kinds = dict.fromkeys(each.kind for each in report.verdicts)
    return {
        "judge": report.judge,
        "lies": _counted(report.of(supported=False)),
        "supported": _counted(report.of(supported=True)),
        "kinds": {kind: _counted([each for each in report.verdicts if each.kind == kind]) for kind in kinds},
        "wice": {
            "auroc": report.auroc,
            "auroc_clear": report.auroc_clear,
            "labels": {
                label: _counted([each for each in report.wice if each.kind == label])
                for label in dict.fromkeys(each.kind for each in report.wice)
            },
        },
        "wrong": [asdict(each) for each in report.verdicts if not each.right],
    }


def _counted(of: Sequence[Verdict]) -> dict[str, Any]:
    return {"claims": len(of), "dropped": dropped(of), "wrong": sum(not each.right for each in of)}
