"""Pictures: of the right size, with characters in them, and nobody pays who does not draw."""

import io
import subprocess
import sys
from pathlib import Path

import numpy
from PIL import Image

from handlers.drawing import WIDTH, Bars, Canvas, Curve, Ranking, font_file, picture

ROOT = Path(__file__).parents[2]


def test_matplotlib_is_loaded_with_the_first_picture_and_not_before() -> None:
    """Web, worker and scheduler import every handler at their start."""
    script = "import sys, bot.app, bot.web; print({'matplotlib', 'xlsxwriter'} & set(sys.modules))"
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == "set()"


def test_a_picture_is_as_wide_as_a_phone_wants_it() -> None:
    charts = [
        Bars("每月", ["1月", "2月"], [3.0, None], "月离职率", [None, 40.0], "年离职率"),
        Curve("留存", [(0, 1.0, 1.0, 1.0), (9, 0.8, 0.6, 0.9)], 100, [(30, "30天"), (365, "365天")], "区间"),
        Ranking("原因", [("薪酬", 7)]),
    ]

    drawn = Image.open(io.BytesIO(picture("离职分析", "2026年2月", charts, "说明")))

    assert drawn.width == WIDTH == 900
    assert drawn.format == "PNG"


def test_charts_without_figures_are_drawn_all_the_same() -> None:
    charts = [
        Bars("空", [], [], "甲", [], "乙"),
        Bars("全无", ["1月"], [None], "甲", [None], "乙"),
        Bars("全零", ["1月"], [0.0], "甲", [0.0], "乙"),
        Curve("一天", [(0, 1.0, 1.0, 1.0)], 0, [(0, "0")], "丙"),
        Ranking("无", []),
    ]

    assert picture("标题", "", charts).startswith(b"\x89PNG")


def test_chinese_is_drawn_as_characters_not_as_boxes() -> None:
    """Two characters differ; two that the font lacks would look the same."""

    def ink(words: str) -> bytes:
        canvas = Canvas(60)
        canvas.words((10, 30), words)
        return canvas.png()

    marks = "离职率留存原因薪酬压力，（）·"
    assert len({ink(mark) for mark in marks}) == len(marks)
    assert font_file().suffix == ".otf"


def test_things_are_where_they_were_put() -> None:
    canvas = Canvas(100)
    canvas.box(100, 20, 50, 30, "#ff0000")

    drawn = numpy.asarray(Image.open(io.BytesIO(canvas.png())))

    red = (drawn == (255, 0, 0)).all(axis=2)
    rows, columns = numpy.nonzero(red)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (100, 149, 20, 49)
