"""Pictures for the chat: charts as PNG, 900 px wide, with type that a phone shows large enough.

The charts know no words and no feature: whoever draws hands both in. matplotlib is loaded with the first
picture and not before, so that a process that never draws does not pay for it (docs/adr/0022).
"""

import importlib.util
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

WIDTH = 900
"""Pixels: what a phone shows across, and a little more."""
DPI = 100
FONT_PACKAGE = "cvttf_NotoSansCJK_Regular"
INK, SOFT, GRID = "#1f2933", "#616e7c", "#d9dee4"
BLUE, ORANGE, PALE = "#2f6fde", "#d9630a", "#c7dbfa"
LARGE, MIDDLE, SMALL = 26.0, 19.0, 15.0
"""Sizes of type in points; at 900 pixels across even the small one is read on a phone."""

MIDDLE_LINE = 0.36
"""How far under the middle of its characters the font's baseline lies, in sizes."""

Point = tuple[float, float]


class _Simplified:
    """What Agg asks about words: the font draws Chinese as it is written on the mainland."""

    @staticmethod
    def get_language() -> str:
        return "zh-Hans"

    @staticmethod
    def get_fontfeatures() -> None:
        return None


SIMPLIFIED = _Simplified()


class Canvas:
    """A sheet on which everything has its place in pixels, counted from the upper left.

    Shapes and words go straight to Agg, matplotlib's renderer: a figure with its axes takes longer than
    everything that is seen.
    """

    def __init__(self, height: int) -> None:
        self._parts = _parts()
        self._renderer = self._parts.renderer(WIDTH, height, DPI)
        self._upright = self._parts.affine().scale(1, -1).translate(0, height)
        self.box(0, 0, WIDTH, height, "white")

    def words(
        self, at: Point, words: str, *, size: float = SMALL, color: str = INK, align: str = "left"
    ) -> None:
        """Words, their middle line at the point; `align` is left, center or right."""
        font = self._parts.font(size)
        pen = self._pen(color)
        x, y = at
        if align != "left":
            across, _, _ = self._renderer.get_text_width_height_descent(words, font, False)
            x -= across / 2 if align == "center" else across
        down = size * DPI / 72 * MIDDLE_LINE
        self._renderer.draw_text(pen, x, y + down, words, font, 0, mtext=SIMPLIFIED)

    def box(self, left: float, top: float, width: float, height: float, color: str) -> None:
        """A filled rectangle."""
        right, bottom = left + width, top + height
        self.area([(left, top), (right, top), (right, bottom), (left, bottom)], color)

    def area(self, corners: Sequence[Point], color: str) -> None:
        """A filled shape."""
        pen = self._pen(color)
        pen.set_linewidth(0)
        shape = self._parts.path([*corners, corners[0]], closed=True)
        self._renderer.draw_path(pen, shape, self._upright, self._parts.rgba(color))

    def line(self, points: Sequence[Point], color: str, width: float = 2.8, mark: float = 0.0) -> None:
        """A line `width` points wide through the points, each with a dot `mark` points across."""
        pen = self._pen(color)
        pen.set_linewidth(width * DPI / 72)
        if len(points) > 1:
            self._renderer.draw_path(pen, self._parts.path(points), self._upright)
        for x, y in points if mark else ():
            radius = mark * DPI / 144
            dot = self._parts.path.circle((x, y), radius)
            self._renderer.draw_path(pen, dot, self._upright, self._parts.rgba(color))

    def png(self) -> bytes:
        """What has been drawn."""
        content = io.BytesIO()
        drawn = self._parts.image.fromarray(self._parts.array(self._renderer.buffer_rgba()))
        drawn.convert("RGB").save(content, format="png", compress_level=1)
        return content.getvalue()

    def _pen(self, color: str) -> Any:
        pen = self._renderer.new_gc()
        pen.set_foreground(color)
        pen.set_antialiased(True)
        return pen


class Chart(Protocol):
    """One part of a picture."""

    @property
    def title(self) -> str:
        """What stands over it."""

    @property
    def height(self) -> int:
        """Pixels without the title."""

    def draw(self, canvas: Canvas, top: float) -> None:
        """Draw it from `top` down."""


LEFT, RIGHT = 40.0, WIDTH - 40.0
EXACT = 100
"""Smaller numbers over bars have a decimal."""


@dataclass(frozen=True)
class Bars:
    """A bar for each label, and a line over them on a scale of its own; None leaves a gap.

    Without a `line_name` there is no line.
    """

    title: str
    labels: Sequence[str]
    bars: Sequence[float | None]
    bars_name: str
    line: Sequence[float | None]
    line_name: str
    unit: str = ""
    height: int = 430

    def draw(self, canvas: Canvas, top: float) -> None:
        """Bars with their values on top, the line with its first and last value."""
        step = (RIGHT - LEFT) / max(len(self.labels), 1)
        ground = top + self.height - 46
        self._key(canvas, top)
        places = [LEFT + step * (number + 0.5) for number in range(len(self.labels))]
        high = max([value for value in self.bars if value] or [1.0])
        canvas.line([(LEFT, ground), (RIGHT, ground)], GRID, 1.0)
        for x, label, value in zip(places, self.labels, self.bars, strict=True):
            canvas.words((x, ground + 22), label, color=SOFT, align="center")
            if value is not None:
                tall = max(value, 0) / high * 180
                canvas.box(x - step * 0.33, ground - tall, step * 0.66, tall, BLUE)
                shown = f"{value:.1f}" if abs(value) < EXACT else f"{value:.0f}"
                canvas.words((x, ground - tall - 16), shown, align="center")
        known = [(x, value) for x, value in zip(places, self.line, strict=True) if value is not None]
        if known:
            self._draw_line(canvas, known, top + 85)

    def _key(self, canvas: Canvas, top: float) -> None:
        canvas.box(LEFT, top + 6, 26, 18, BLUE)
        canvas.words((LEFT + 38, top + 15), self.bars_name, color=SOFT)
        if self.line_name:
            canvas.line([(LEFT + 330, top + 15), (LEFT + 366, top + 15)], ORANGE, mark=8)
            canvas.words((LEFT + 380, top + 15), self.line_name, color=SOFT)

    def _draw_line(self, canvas: Canvas, known: Sequence[Point], top: float) -> None:
        values = [value for _, value in known]
        low, span = min(values), max(max(values) - min(values), max(values) * 0.1, 1.0)
        points = [(x, top + 60 - (value - low) / span * 60) for x, value in known]
        canvas.line(points, ORANGE, mark=8)
        for (x, y), value in {points[0]: values[0], points[-1]: values[-1]}.items():
            canvas.words((x, y - 22), f"{value:.1f}{self.unit}", color=ORANGE, align="center")


@dataclass(frozen=True)
class Curve:
    """A falling staircase of shares (0 to 1) over days, with a band around it and some days marked."""

    title: str
    steps: Sequence[tuple[int, float, float, float]]
    """(day, value, lower, upper), in order; the first at day 0."""
    until: int
    marks: Sequence[tuple[int, str]]
    """(day, the words under it)."""
    band_name: str
    height: int = 400

    def draw(self, canvas: Canvas, top: float) -> None:
        """The staircase, and its height on the marked days."""
        left, ground, tall = LEFT + 74, top + self.height - 46, self.height - 90.0
        across = (RIGHT - 50 - left) / max(self.until, 1)

        def place(day: float, share: float) -> Point:
            return left + day * across, ground - share * tall

        def stairs(which: int) -> list[Point]:
            ends = [step[0] for step in self.steps[1:]] + [self.until]
            flat = zip(self.steps, ends, strict=True)
            return [place(day, step[which]) for step, end in flat for day in (step[0], end)]

        canvas.area([*stairs(2), *reversed(stairs(3))], PALE)
        for share in (0.0, 0.5, 1.0):
            canvas.line([(left, ground - share * tall), (RIGHT, ground - share * tall)], GRID, 1.0)
            canvas.words((left - 12, ground - share * tall), f"{share:.0%}", color=SOFT, align="right")
        canvas.line(stairs(1), BLUE)
        told = [(day, words) for day, words in self.marks if day <= self.until]
        for day, words in told:
            value = [share for at, share, *_ in self.steps if at <= day][-1]
            x, y = place(day, value)
            canvas.line([(x, y)], BLUE, mark=10)
            canvas.words((x + 6, y - 24), f"{value:.0%}", size=MIDDLE)
            canvas.words((x, ground + 22), words, color=SOFT, align="center")
        canvas.box(left + 16, ground - 42, 26, 18, PALE)
        canvas.words((left + 54, ground - 33), self.band_name, color=SOFT)


@dataclass(frozen=True)
class Ranking:
    """Named amounts, in the order in which they are to be read."""

    title: str
    rows: Sequence[tuple[str, float]]
    unit: str = ""

    @property
    def height(self) -> int:
        """So that each row has the same room."""
        return 52 * len(self.rows) + 10

    def draw(self, canvas: Canvas, top: float) -> None:
        """A bar a row, its amount at the end."""
        most = max((amount for _, amount in self.rows), default=1)
        left = LEFT + 10 + 27 * max((len(name) for name, _ in self.rows), default=0)
        for number, (name, amount) in enumerate(self.rows):
            middle = top + 52 * number + 26
            long = max(amount, 0) / (most or 1) * (RIGHT - 110 - left)
            canvas.words((LEFT, middle), name, size=MIDDLE)
            canvas.box(left, middle - 16, long, 32, BLUE)
            canvas.words((left + long + 12, middle), f"{amount:g}{self.unit}", size=MIDDLE)


@dataclass(frozen=True)
class Ring:
    """One round of a radar: what it is called, its value for each axis (None: unknown), how it is drawn."""

    name: str
    values: Sequence[float | None]
    color: str
    filled: bool = False


@dataclass(frozen=True)
class Radar:
    """Values from 0 to 100 on axes around a middle, a line for each round; for three axes or more."""

    title: str
    axes: Sequence[str]
    rings: Sequence[Ring]
    height: int = 620

    def draw(self, canvas: Canvas, top: float) -> None:
        """The grid with the names around it, then the rounds in their order, and what each colour is."""
        middle, radius = (WIDTH / 2, top + 330), 210.0

        def place(number: int, share: float) -> Point:
            angle = 2 * math.pi * number / len(self.axes)
            return middle[0] + math.sin(angle) * radius * share, middle[1] - math.cos(angle) * radius * share

        rounds = range(len(self.axes))
        self._key(canvas, top)
        for ring in self.rings:
            if ring.filled and None not in ring.values:
                points = [place(number, (value or 0) / 100) for number, value in enumerate(ring.values)]
                canvas.area(points, ring.color)
        for share in (0.25, 0.5, 0.75, 1.0):
            corners = [place(number, share) for number in rounds]
            canvas.line([*corners, corners[0]], GRID, 1.0)
        for number, name in enumerate(self.axes):
            canvas.line([middle, place(number, 1)], GRID, 1.0)
            x, y = place(number, 1.16)
            align = "center" if abs(x - middle[0]) < 30 else "left" if x > middle[0] else "right"
            canvas.words((x, y), name, size=MIDDLE, align=align)
        for ring in self.rings:
            known = [
                place(number, value / 100) for number, value in enumerate(ring.values) if value is not None
            ]
            whole = len(known) == len(self.axes)
            if known and not ring.filled:
                canvas.line([*known, known[0]] if whole else known, ring.color, mark=9)

    def _key(self, canvas: Canvas, top: float) -> None:
        for number, ring in enumerate(self.rings):
            left = LEFT + number * 270
            canvas.box(left, top + 6, 26, 18, ring.color)
            canvas.words((left + 38, top + 15), ring.name, color=SOFT)


HEAD, TITLE, FOOT = 124, 72, 62
"""Pixels over the first chart, for the title of each, and at the bottom."""


def picture(title: str, subtitle: str, charts: Sequence[Chart], note: str = "") -> bytes:
    """The charts below each other as one PNG."""
    total = HEAD + sum(TITLE + chart.height for chart in charts) + FOOT
    canvas = Canvas(total)
    canvas.words((LEFT, 48), title, size=LARGE)
    canvas.words((LEFT, 96), subtitle, color=SOFT)
    top = float(HEAD)
    for chart in charts:
        canvas.words((LEFT, top + 36), chart.title, size=MIDDLE)
        chart.draw(canvas, top + TITLE)
        top += TITLE + chart.height
    canvas.words((LEFT, total - FOOT / 2), note, color=SOFT)
    return canvas.png()


@dataclass(frozen=True)
class _Parts:
    """What is used of matplotlib, and of what it stands on."""

    renderer: Any
    path: Any
    affine: Any
    rgba: Any
    font: Any
    """The font by its size in points."""
    image: Any
    array: Any


@cache
def _parts() -> _Parts:
    """Agg, and a font that has Chinese."""
    import numpy
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.colors import to_rgba
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path as Outline
    from matplotlib.transforms import Affine2D
    from PIL import Image

    @cache
    def font(size: float) -> Any:
        return FontProperties(fname=str(font_file()), size=size)

    return _Parts(RendererAgg, Outline, Affine2D, to_rgba, font, Image, numpy.asarray)


def font_file() -> Path:
    """The font, found in the package that brings it."""
    spec = importlib.util.find_spec(FONT_PACKAGE)
    assert spec is not None, "the font package is installed with the product"
    assert spec.origin is not None
    return next(Path(spec.origin).parent.glob("*.otf"))
