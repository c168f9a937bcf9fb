"""The pictures of performance: how figures went, how far targets are reached, people beside each other."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from handlers.base import Attachment, AttachmentKind, Context, Reply, Router
from handlers.drawing import BLUE, PALE, Bars, Chart, Radar, Ranking, Ring, picture
from handlers.performance_questions import Numbers, around, asked_again, names_of, view_of
from models import performance
from models.performance import SEE, Asked, View
from models.staff import Unit

router = Router(texts="performance_pictures")

MOST = 15
"""People on a picture."""
AXES = 3
"""Fewer measures with points make no radar."""
TOP = Decimal(120)
"""The most points of a measure."""


@router.later("performance_picture", may=SEE)
def draw(ctx: Context) -> Reply | Attachment:
    """The way that the figures went, and how far each target is reached."""
    found = asked_again(ctx, ctx.arguments["asked"])
    if found is None:
        return Reply("common/stale_key")
    subject, asked, _ = found
    view = view_of(ctx, subject, asked)
    words = {
        **ctx.words("performance_pictures/signs"),
        **ctx.words("performance_pictures/drawn", who=subject.name, v=view, now=ctx.now),
    }
    charts = [*_trend(ctx, words, view, asked), *_radar(ctx, words, view, subject.name)]
    if not charts:
        return Reply("nothing_to_draw")
    content = picture(words["title"], words["subtitle"], charts, words["note"])
    return Attachment(AttachmentKind.IMAGE, f"{words['title']}.png", content)


def _trend(ctx: Context, words: Mapping[str, str], view: View, asked: Asked) -> Sequence[Chart]:
    """Bars of the first figure, and a line of the second one."""
    codes = [asked.measure] if asked.measure else [one.measure for one in view.lines[:2]]
    found = [
        performance.trend(around(ctx), view.people, code, view.window, bucket=asked.bucket) for code in codes
    ]
    if not found or not found[0]:
        return []
    first, last = (
        Numbers(ctx, words, code, [one.value for _, one in trend])
        for code, trend in ((codes[0], found[0]), (codes[-1], found[-1]))
    )
    alone = len(codes) == 1
    labels = [ctx.words("performance_pictures/label", window=window)["label"] for window, _ in found[0]]
    line = [None] * len(labels) if alone else last.shown
    return [Bars(words["trend"], labels, first.shown, first.name, line, "" if alone else last.name)]


def _radar(ctx: Context, words: Mapping[str, str], view: View, who: str) -> Sequence[Chart]:
    known = [] if view.score is None else [one for one in view.score.parts if one.points is not None]
    if len(known) < AXES:
        return []
    names = names_of(ctx)
    axes = [names[one.part.measure] for one in known]
    full = float(100 * 100 / TOP)
    rings = [
        Ring(words["target"], [full] * len(axes), PALE, filled=True),
        Ring(who, [float((one.points or 0) * 100 / TOP) for one in known], BLUE),
    ]
    return [Radar(words["radar"], axes, rings)]


@router.later("performance_places", may=SEE)
def draw_places(ctx: Context) -> Reply | Attachment:
    """The people of a unit beside each other."""
    found = asked_again(ctx, ctx.arguments["asked"])
    unit = None if found is None else found[0]
    if found is None or not isinstance(unit, Unit):
        return Reply("common/stale_key")
    asked = found[1]
    ranked = performance.ranking_of(around(ctx), unit, asked, actor=ctx.employee)
    words = {
        **ctx.words("performance_pictures/signs"),
        **ctx.words("performance_pictures/drawn_places", unit=unit, window=asked.window, now=ctx.now),
    }
    charts = []
    for one in ranked:
        places = [place for place in one.ranking.places[:MOST] if one.value(place) is not None]
        numbers = Numbers(ctx, words, one.measure, [one.value(place) for place in places])
        rows = [
            (one.people[place.entrant.person].name, value or 0.0)
            for place, value in zip(places, numbers.shown, strict=True)
        ]
        if rows:
            charts.append(Ranking(numbers.name, rows))
    if not charts:
        return Reply("nothing_to_draw")
    content = picture(words["title"], words["subtitle"], charts, words["note"])
    return Attachment(AttachmentKind.IMAGE, f"{words['title']}.png", content)
