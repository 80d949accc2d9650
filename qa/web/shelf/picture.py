"""Draw how many articles there are over time: bars to look at, and the same as a table to read and to press."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator, Sequence

from qa.render import counted, period
from qa.web.markup import escaped
from qa_index.types import Outlet, Period, Timeline

_WIDTH, _HEIGHT = 720.0, 96.0  # the picture's own units; the page stretches it
_NARROWEST = 1.5  # of a bar, in those units
_WIDEST = 40.0
_NAMED = 4  # outlets that a bar names


def drawn(timeline: Timeline) -> str:
    """Return the figure, empty if no day is known or all articles are of the same one."""
    periods = timeline.periods
    if len(periods) < 2:
        return ""
    extent = period(periods[0].first, periods[-1].last)
    total = counted(sum(each.articles for each in periods), "article")
    return (
        '<figure class="shelf-picture">'
        f"<figcaption>Articles by {timeline.unit}</figcaption>"
        f'<svg id="shelf-timeline" role="img" aria-labelledby="shelf-timeline-title shelf-timeline-desc" '
        f'viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" preserveAspectRatio="none">'
        f'<title id="shelf-timeline-title">Articles by {timeline.unit}, {escaped(extent)}</title>'
        f'<desc id="shelf-timeline-desc">{escaped(total)}, the most in {escaped(_most(periods))}. '
        "The table below says the same.</desc>"
        f"{''.join(_bars(periods))}</svg>"
        f'<p class="shelf-axis" aria-hidden="true"><span>{escaped(_end_of_axis(periods[0], timeline))}</span>'
        f"<span>{escaped(_end_of_axis(periods[-1], timeline))}</span></p>"
        f"{_table(timeline)}</figure>"
    )


def days_named(first: dt.date | None, last: dt.date | None) -> str:
    """Name some days as briefly as a person would: "2022" or "January 2022" where they are a whole year or month."""
    if (
        first
        and last
        and first.year == last.year
        and first.day == 1
        and last.day == monthrange(last.year, last.month)[1]
    ):
        if (first.month, last.month) == (1, 12):
            return str(first.year)
        if first.month == last.month:
            return period(first, first).split(" ", 1)[1]
    return period(first, last)


def _most(periods: Sequence[Period]) -> str:
    best = max(periods, key=lambda each: each.articles)
    return f"{days_named(best.first, best.last)} ({best.articles:,})"


def _end_of_axis(one: Period, timeline: Timeline) -> str:
    """Name the end of the axis no finer than the bars are."""
    return days_named(one.first, one.last if timeline.unit in ("month", "year") else one.first)


def _bars(periods: Sequence[Period]) -> Iterator[str]:
    """Yield a bar for each period, where it lies in time; the space above it can be pressed too."""
    first, days = periods[0].first, (periods[-1].last - periods[0].first).days + 1
    highest = max(each.articles for each in periods)
    for each in periods:
        room = ((each.last - each.first).days + 1) / days * _WIDTH
        width = min(max(room * 0.86, _NARROWEST), _WIDEST)
        left = (each.first - first).days / days * _WIDTH + max(room - width, 0) / 2
        height = max(each.articles / highest * (_HEIGHT - 4), 1.5)
        place = f'x="{left:.2f}" width="{width:.2f}"'
        yield (
            f'<g class="bar"{_ends(each.first, each.last)}><title>{escaped(_told(each))}</title>'
            f'<rect class="above" {place} y="0" height="{_HEIGHT:g}"/>'
            f'<rect class="height" {place} y="{_HEIGHT - height:.2f}" height="{height:.2f}"/></g>'
        )


def _ends(first: dt.date, last: dt.date) -> str:
    return f' data-after="{first.isoformat()}" data-until="{last.isoformat()}"'


def _told(one: Period) -> str:
    return f"{days_named(one.first, one.last)}: {counted(one.articles, 'article')} ({_outlets(one.outlets)})"


def _outlets(outlets: Sequence[Outlet]) -> str:
    named = ", ".join(f"{outlet.name or 'no outlet'} {outlet.articles}" for outlet in outlets[:_NAMED])
    more = len(outlets) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def _table(timeline: Timeline) -> str:
    rows = "".join(
        f'<tr><th scope="row"><button type="button" class="shelf-when"{_ends(each.first, each.last)}>'
        f"{escaped(days_named(each.first, each.last))}</button></th><td>{each.articles:,}</td>"
        f'<td dir="auto">{escaped(_outlets(each.outlets))}</td></tr>'
        for each in timeline.periods
    )
    undated = (
        '<tr><th scope="row"><button type="button" class="shelf-when" data-undated="true">No date</button></th>'
        f"<td>{timeline.undated:,}</td><td></td></tr>"
        if timeline.undated
        else ""
    )
    return (
        '<details class="shelf-table"><summary>As a table</summary><div><table>'
        '<thead><tr><th scope="col">When</th><th scope="col">Articles</th><th scope="col">Outlets</th></tr></thead>'
        f"<tbody>{rows}{undated}</tbody></table></div></details>"
    )
