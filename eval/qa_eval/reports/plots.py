"""Draw how far confidence can be trusted, as SVG that stands inside a page; its colours come from the page's style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from qa_eval.metrics.confidence import Bin

WIDTH, HEIGHT = 440, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 24, 24, 46  # room for ticks and labels
_TOPS = (0.05, 0.1, 0.2, 0.5, 1.0)  # where an axis of rates may end, each cut into five


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where a value goes: x in [0, 1] and y in [0, top] to units of the drawing."""

    top: float

    def x(self, value: float) -> float:
        return round(_LEFT + value * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - _BOTTOM - value / self.top * (HEIGHT - _TOP - _BOTTOM), 1)


def risk_coverage(points: Sequence[tuple[float, float]]) -> str:
    """Draw which part of the given answers is wrong (risk) if only the surest are given (coverage), both in [0, 1].

    `points` are (coverage, risk), by rising coverage, as `metrics.confidence.risk_coverage` returns them.
    """
    if not points:
        return _drawing("Risk and coverage", "No question was answered.", [_nothing("no answers")])
    highest = max(risk for _, risk in points)
    plane = _Plane(next(top for top in _TOPS if highest <= top))
    ends = "".join(f"L{plane.x(x)} {plane.y(y)}" for x, y in points[1:])
    first, last = points[0], points[-1]
    path = f"M{plane.x(first[0])} {plane.y(first[1])}{ends}"
    area = f"{path}L{plane.x(last[0])} {plane.y(0)}L{plane.x(first[0])} {plane.y(0)}Z"
    half = min(points, key=lambda point: abs(point[0] - last[0] / 2))
    told = " ".join(f"Of the surest {_percent(x)} of the cases, {_percent(y)} are wrong." for x, y in (half, last))
    return _drawing(
        "Risk and coverage",
        told,
        [
            *_axes(plane, "coverage: part of the cases that are answered", "risk: part that is wrong"),
            f'<path class="area" d="{area}"/>',
            f'<path class="line" d="{path}"/>',
            *_end(plane, last),
        ],
    )


def reliability(bins: Sequence[Bin]) -> str:
    """Draw how often answers are right (bars) for what confidence; on the dashed line it would be as often as said."""
    filled = [each for each in bins if each.count]
    if not filled:
        return _drawing("Reliability of the confidence", "No question was answered.", [_nothing("no answers")])
    plane = _Plane(1.0)
    told = " ".join(
        f"Confidence {each.low:.1f} to {each.high:.1f}: {_percent(each.accuracy)} of {each.count} right."
        for each in filled
    )
    return _drawing(
        "Reliability of the confidence",
        told,
        [
            *_axes(plane, "confidence", "part that is right"),
            *(part for each in filled for part in _bar(plane, each)),
            f'<line class="ideal" x1="{plane.x(0)}" y1="{plane.y(0)}" x2="{plane.x(1)}" y2="{plane.y(1)}"/>',
            *(f'<circle class="dot" cx="{plane.x(b.confidence)}" cy="{plane.y(b.accuracy)}" r="4"/>' for b in filled),
        ],
    )


def _bar(plane: _Plane, each: Bin) -> list[str]:
    """Return a bar as high as the accuracy, and above it how many answers it stands for."""
    left, right, top = plane.x(each.low) + 1.5, plane.x(each.high) - 1.5, plane.y(each.accuracy)
    middle, above = round((left + right) / 2, 1), top - 9
    return [
        f'<rect class="column" x="{left:.1f}" y="{top}" width="{right - left:.1f}" height="{plane.y(0) - top:.1f}"/>',
        f'<text class="count" x="{middle}" y="{above:.1f}" text-anchor="middle">{each.count}</text>',
    ]


def _end(plane: _Plane, last: tuple[float, float]) -> list[str]:
    """Mark the last point, where every answer is given, with its risk."""
    x, y = plane.x(last[0]), plane.y(last[1])
    return [
        f'<circle class="dot" cx="{x}" cy="{y}" r="4"/>',
        f'<text class="told" x="{x - 8:.1f}" y="{max(y - 10, 14):.1f}" text-anchor="end">{_percent(last[1])}</text>',
    ]


def _axes(plane: _Plane, x_label: str, y_label: str) -> list[str]:
    """Return grid lines, ticks and labels, five steps each way."""
    parts = []
    for step in range(6):
        x, value = plane.x(step / 5), plane.top * step / 5
        y = plane.y(value)
        parts += [
            f'<line class="grid" x1="{plane.x(0)}" y1="{y}" x2="{plane.x(1)}" y2="{y}"/>',
            f'<text class="tick" x="{plane.x(0) - 8}" y="{y + 4:.1f}" text-anchor="end">{_percent(value)}</text>',
            f'<text class="tick" x="{x}" y="{plane.y(0) + 18:.1f}" text-anchor="middle">{_percent(step / 5)}</text>',
        ]
    middle = round((_TOP + HEIGHT - _BOTTOM) / 2)
    return [
        *parts,
        f'<line class="axis" x1="{plane.x(0)}" y1="{plane.y(0)}" x2="{plane.x(1)}" y2="{plane.y(0)}"/>',
        f'<text class="label" x="{plane.x(0.5)}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>',
        f'<text class="label" x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">'
        f"{escape(y_label)}</text>",
    ]


def _nothing(words: str) -> str:
    return f'<text class="label" x="{WIDTH / 2:.0f}" y="{HEIGHT / 2:.0f}" text-anchor="middle">{escape(words)}</text>'


def _drawing(title: str, told: str, parts: Sequence[str]) -> str:
    """Return the drawing with its name and what it shows in words, for who cannot see it."""
    name = title.split()[0].lower()
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{name}-title {name}-told">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-told">{escape(told)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"
