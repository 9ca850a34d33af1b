"""Charts as inline SVG."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 640
HEIGHT: Final = 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 12, 28
_STEPS: Final = (1, 2, 2.5, 5, 10)
_LINES: Final = 4

Series = tuple[str, "Sequence[float]"]


def lines(title: str, unit: str, at_s: Sequence[float], series: Sequence[Series]) -> str:
    """Return a chart of *series* over time, from zero up."""
    top = ceiling(max((value for _, values in series for value in values), default=0))
    end = max(at_s, default=1) or 1
    body = [_grid(top, unit), _time_axis(end)]
    body += [
        f'<polyline class="s{place}" points="{_points(at_s, values, end, top)}">'
        f"<title>{escape(name)}</title></polyline>"
        for place, (name, values) in enumerate(series)
    ]
    return _figure(title, body, [name for name, _ in series])


def bars(title: str, unit: str, values: Sequence[tuple[float, int]]) -> str:
    """Return a chart of counts by upper bound; the buckets are as wide as each other on a scale of ratios."""
    top = ceiling(max((count for _, count in values), default=0))
    width = (WIDTH - _LEFT - _RIGHT) / max(len(values), 1)
    body = [_grid(top, "")]
    for place, (bound, count) in enumerate(values):
        height = (HEIGHT - _TOP - _BOTTOM) * count / top
        shape = (
            f'x="{_LEFT + place * width:.1f}" y="{HEIGHT - _BOTTOM - height:.1f}" '
            f'width="{max(width - 0.5, 0.5):.1f}" height="{height:.1f}"'
        )
        body.append(f'<rect class="s0" {shape}><title>up to {bound:.3g} {unit}: {count}</title></rect>')
    step = max(len(values) // 8, 1)
    body += [
        _label(_LEFT + place * width, HEIGHT - 10, f"{values[place][0]:.3g} {unit}", "start")
        for place in range(0, len(values) - step // 2, step)  # a label at the very end would be cut
    ]
    return _figure(title, body, [])


def ceiling(value: float) -> float:
    """Return the next round number that is not below *value*."""
    if value <= 0:
        return 1.0
    size = 1.0
    while size * 10 <= value:
        size *= 10
    while size > value:
        size /= 10
    return next(size * step for step in _STEPS if size * step >= value)


def _points(at_s: Sequence[float], values: Sequence[float], end: float, top: float) -> str:
    return " ".join(
        f"{_x(at / end):.1f},{_y(value / top):.1f}" for at, value in zip(at_s, values, strict=True)
    )


def _figure(title: str, body: Sequence[str], names: Sequence[str]) -> str:
    legend = "".join(
        f'<span class="key"><i class="k{place}"></i>{escape(name)}</span>' for place, name in enumerate(names)
    )
    return (
        f"<figure><figcaption>{escape(title)} {legend}</figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(body)}</svg></figure>"
    )


def _grid(top: float, unit: str) -> str:
    heights = [(place / _LINES, _y(place / _LINES)) for place in range(_LINES + 1)]
    return "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        + _label(_LEFT - 6, y + 4, f"{top * share:g}{unit}", "end")
        for share, y in heights
    )


def _time_axis(end_s: float) -> str:
    return "".join(
        _label(_x(place / _LINES), HEIGHT - 10, f"{end_s * place / _LINES:.3g} s", "middle")
        for place in range(_LINES + 1)
    )


def _label(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _x(share: float) -> float:
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)
