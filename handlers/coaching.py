"""推荐课程, 复评 and 培训效果: what helps whom and why, the second look at starters, what a course did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.base import Attachment, AttachmentKind, Context, Later, Notice, Part, Reply, Router
from handlers.drawing import Bars, picture
from handlers.meant import argument_of, keep_for_undo, person_called
from handlers.parsing import Misunderstood, read_name, take_points
from handlers.performance_questions import around, name_in, names_of
from jobs.coaching import why
from models import coaching, training
from models.coaching import COACH, Seen, Suggestion
from models.performance import CATALOGUE, SEE
from models.staff import Employee

router = Router(texts="coaching")

PARTS = ("before", "after", "peers_before", "peers_after")
"""The bars of an effect."""


@dataclass(frozen=True)
class Given:
    """A version that a leader gives somebody."""

    version: int


@dataclass(frozen=True)
class Reviewed:
    """The points of a second look."""

    dimension: str
    points: int


# --- what helps ---------------------------------------------------------------------------------------


@router.command(
    "推荐课程", "推荐学习", "该学什么", "学什么好", "我该学什么", "提升建议", may=SEE, takes_args=True,
)  # fmt: skip
def suggest(ctx: Context) -> Reply:
    """按短板推荐课程，如「推荐课程」「推荐课程 张三」"""
    asked = name_in(ctx.args)
    return _suggested(ctx, person_called(ctx, SEE, asked) if asked else ctx.employee)


@router.endpoint("GET", "/people/<account>/course-suggestions", may=SEE)
def get_suggestions(ctx: Context) -> Reply:
    """看一个人适合学什么，为什么"""
    return _suggested(ctx, person_called(ctx, SEE, ctx.path["account"]))


@router.tap("take_course", may=SEE)
def take(ctx: Context) -> Reply:
    """学推荐的课程"""
    found = _one_of(ctx, ctx.employee, ctx.args, SEE)
    if found is None:
        return Reply("common/stale_key")
    enrolment = coaching.take_up(ctx.session, person=ctx.employee, suggestion=found, at=ctx.now)
    return Reply("taken", title=found.version.title, enrolment=enrolment)


@router.tap("give_course", may=COACH)
def give(ctx: Context) -> list[Part]:
    """把推荐的课程发给下属"""
    account, _, version = ctx.args.rpartition(".")
    return _given(ctx, person_called(ctx, COACH, account), version)


@router.endpoint("POST", "/people/<account>/courses", may=COACH, body=Given, success=201)
def give_by_api(ctx: Context) -> list[Part]:
    """把推荐的课程发给下属"""
    return _given(ctx, person_called(ctx, COACH, ctx.path["account"]), str(ctx.body.version))


def _given(ctx: Context, person: Employee, version: str) -> list[Part]:
    found = _one_of(ctx, person, version, COACH)
    if found is None:
        return [Reply("common/stale_key")]
    coaching.take_up(ctx.session, person=person, suggestion=found, at=ctx.now)
    return [Reply("given", title=found.version.title, person=person)]


def _one_of(ctx: Context, person: Employee, version: str, action: str) -> Suggestion | None:
    found = coaching.suggestions_within(around(ctx), actor=ctx.employee, person=person, action=action)
    return next((one for one in found if str(one.version.id) == version), None)


def _suggested(ctx: Context, person: Employee) -> Reply:
    found = coaching.suggestions_within(around(ctx), actor=ctx.employee, person=person)
    return Reply(
        "suggestions",
        person=person,
        own=person.id == ctx.employee.id,
        found=[{"version": one.version, "why": why(ctx.policy, one)} for one in found],
        data={
            "suggestions": [
                {
                    "version": one.version.id,
                    "title": one.version.title,
                    "need": one.lack.need,
                    "about": one.lack.about,
                    "actual": _number(one.lack.actual),
                    "target": _number(one.lack.target),
                }
                for one in found
            ]
        },
    )


@router.tap("suggest_for", may=SEE)
def suggest_for(ctx: Context) -> Reply:
    """点卡片看推荐的课程"""
    return _suggested(ctx, person_called(ctx, SEE, ctx.args))


# --- the second look ----------------------------------------------------------------------------------


@router.command("复评", "试用复评", "再评", may=COACH, takes_args=True)
def review(ctx: Context) -> list[Part]:
    """给新人的薄弱项再打分，如「复评 张三 沟通能力 82」"""
    usage = (review.__doc__ or "").strip()
    asked = read_name(ctx.args)
    if not asked:
        raise Misunderstood(usage=usage)
    name, _, rest = asked.partition(" ")
    person = person_called(ctx, COACH, name)
    points, _ = take_points(rest)
    if not points:
        return [_to_review(ctx, person)]
    [(dimension, given), *_] = points.items()
    return _review(ctx, person, dimension, round(given))


@router.tap("review_starter", may=COACH)
def how_to_review(ctx: Context) -> Reply:
    """点卡片看怎么复评"""
    return _to_review(ctx, person_called(ctx, COACH, ctx.args))


@router.endpoint("POST", "/people/<account>/dimension-reviews", may=COACH, body=Reviewed, success=201)
def review_by_api(ctx: Context) -> list[Part]:
    """给新人的薄弱项再打分"""
    person = person_called(ctx, COACH, ctx.path["account"])
    return _review(ctx, person, ctx.body.dimension, ctx.body.points)


def _to_review(ctx: Context, person: Employee) -> Reply:
    found = coaching.findings_of(ctx.session, person, ctx.policy)
    return Reply("to_review", person=person, found=found)


def _review(ctx: Context, person: Employee, dimension: str, points: int) -> list[Part]:
    before, row = coaching.review_dimension(
        ctx.session,
        actor=ctx.employee,
        person=person,
        dimension=dimension,
        points=points,
        at=ctx.now,
        policy=ctx.policy,
    )
    keep_for_undo(ctx, "review_dimension", review=row.id)
    return [
        Reply("reviewed", person=person, before=before, points=row.points, data={"review": row.id}),
        Notice(person, "coaching/your_review", {"before": before, "points": row.points}),
    ]


@router.inverse("review_dimension", may=COACH)
def take_review_back(ctx: Context) -> list[Part]:
    """撤销复评"""
    person, dimension = coaching.take_back_review(
        ctx.session,
        actor=ctx.employee,
        review_id=argument_of(ctx, "review"),
        at=ctx.now,
        policy=ctx.policy,
    )
    return [Reply("review_taken_back", person=person, dimension=dimension, taken=ctx.taken_back)]


# --- effect -------------------------------------------------------------------------------------------


@router.command("培训效果", "课程效果", "学习效果", may=COACH, takes_args=True)
def effect(ctx: Context) -> Sequence[Part]:
    """看培训前后的变化，如「培训效果 承诺兑现」"""
    versions = list(training.current_versions(ctx.session).values())
    asked = ctx.args.strip()
    named = [one for one in versions if asked and (asked in one.title or one.title in asked)]
    if len(named) != 1:
        helping = [one for one in named or versions if one.measures]
        return [Reply("which_course", asked=asked, titles=[one.title for one in helping])]
    return [Later("course_effect", {"version": named[0].id})]


@router.tap("course_effect", may=COACH)
def tapped_effect(ctx: Context) -> Part:
    """点卡片看培训效果"""
    if not ctx.args.isdecimal():
        return Reply("common/stale_key")
    return Later("course_effect", {"version": int(ctx.args)})


@router.later("course_effect", may=COACH)
def show_effect(ctx: Context) -> list[Part]:
    """What figures did around a course, in words and bars."""
    version = ctx.session.get_one(training.CourseVersion, ctx.arguments["version"])
    people = coaching.looked_at(around(ctx), ctx.employee, COACH)
    found = coaching.effects(around(ctx), version.course_id, among=people)
    names = names_of(ctx)
    seen = [_seen(one, names) for one in found]
    reply = Reply("effect", version=version, seen=seen, values=ctx.policy.training)
    told = [one for one in seen if one["effect"] is not None]
    if not told:
        return [reply]
    words = ctx.words("coaching/picture_words", version=version)
    charts = [
        Bars(
            one["name"],
            [words["before"], words["after"], words["peers_before"], words["peers_after"]],
            [float(getattr(one["effect"], part)) for part in PARTS],
            words["bars"],
            [None] * len(PARTS),
            "",
        )
        for one in told
    ]
    content = picture(words["title"], words["subtitle"], charts, words["note"])
    return [reply, Attachment(AttachmentKind.IMAGE, f"{words['file']}.png", content)]


def _seen(one: Seen, names: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "name": names[one.measure],
        "unit": CATALOGUE[one.measure].unit,
        "trained": one.trained,
        "effect": one.effect,
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
