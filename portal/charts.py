"""Charts as SVG made here: no script, the same numbers stand in a table below each. Text is escaped by Markup."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 240, 76, 34, 12


def bars(title: str, labels: Sequence[str], values: Sequence[int], unit: str = "$") -> Markup:
    """Bars, one for each label; ``values`` are cents where the unit is $."""
    scale, ticks = _scale(values)
    wide = (WIDTH - LEFT - 8) / max(1, len(values))
    parts = [_frame(title, labels, values, unit), *_grid(ticks, scale, unit)]
    for at, (label, value) in enumerate(zip(labels, values, strict=True)):
        high = value * (HEIGHT - BOTTOM - TOP) / scale
        x, y = LEFT + at * wide + wide * 0.12, HEIGHT - BOTTOM - high
        parts.append(
            Markup(
                '<rect class="tw-bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}: {}</title></rect>'
            ).format(x, y, wide * 0.76, max(high, 0), label, _told(value, unit))
        )
    parts += _names(labels, wide)
    return Markup("").join([*parts, Markup("</svg>")])


def line(title: str, labels: Sequence[str], values: Sequence[int], unit: str = "$") -> Markup:
    """A line through a point for each label."""
    scale, ticks = _scale(values)
    wide = (WIDTH - LEFT - 8) / max(1, len(values))
    points = [
        (LEFT + (at + 0.5) * wide, HEIGHT - BOTTOM - value * (HEIGHT - BOTTOM - TOP) / scale)
        for at, value in enumerate(values)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts = [_frame(title, labels, values, unit), *_grid(ticks, scale, unit)]
    parts.append(Markup('<polyline class="tw-line" points="{}"/>').format(path))
    for (x, y), label, value in zip(points, labels, values, strict=True):
        parts.append(
            Markup('<circle class="tw-dot" cx="{:.1f}" cy="{:.1f}" r="3"><title>{}: {}</title></circle>').format(
                x, y, label, _told(value, unit)
            )
        )
    parts += _names(labels, wide)
    return Markup("").join([*parts, Markup("</svg>")])


def _frame(title: str, labels: Sequence[str], values: Sequence[int], unit: str) -> Markup:
    said = (
        f"{title}. Highest: {_told(max(values), unit)} in {labels[list(values).index(max(values))]}."
        if values
        else title
    )
    return Markup('<svg class="tw-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(WIDTH, HEIGHT, said)


def _scale(values: Sequence[int]) -> tuple[int, list[int]]:
    """The top of the axis, a round number, and the ticks below it."""
    top = max([*values, 1])
    step = 1
    while step * 4 < top:
        step *= 2 if str(step)[0] == "1" else 5 if str(step)[0] == "2" and step * 2.5 % 1 else 2
        if str(step)[0] == "4":
            step = step // 4 * 5
    count = -(-top // step)
    return step * count, [step * n for n in range(count + 1)]


def _grid(ticks: Sequence[int], scale: int, unit: str) -> list[Markup]:
    made = []
    for tick in ticks:
        y = HEIGHT - BOTTOM - tick * (HEIGHT - BOTTOM - TOP) / scale
        made.append(
            Markup('<line class="tw-grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(LEFT, WIDTH - 8, y, y)
        )
        made.append(
            Markup('<text class="tw-tick" x="{}" y="{:.1f}">{}</text>').format(LEFT - 6, y + 4, _short(tick, unit))
        )
    return made


def _names(labels: Sequence[str], wide: float) -> list[Markup]:
    every = max(1, -(-len(labels) * 58 // (WIDTH - LEFT)))
    return [
        Markup('<text class="tw-name" x="{:.1f}" y="{}">{}</text>').format(LEFT + (at + 0.5) * wide, HEIGHT - 12, label)
        for at, label in enumerate(labels)
        if at % every == 0
    ]


def _told(value: int, unit: str) -> str:
    return f"${value / 100:,.2f}" if unit == "$" else f"{value / 10:.1f} %" if unit == "%" else f"{value:,}"


def _short(value: int, unit: str) -> str:
    amount = value / 100 if unit == "$" else value / 10 if unit == "%" else value
    for letter, of in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if amount >= of:
            return f"{'$' * (unit == '$')}{amount / of:.3g}{letter}"
    return f"${amount:.3g}" if unit == "$" else f"{amount:.3g} %" if unit == "%" else f"{amount:.3g}"
