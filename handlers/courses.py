"""课程, 学 and 我的课程: what there is to learn, a course with its page, and what somebody has learned."""

from collections.abc import Sequence
from typing import Any

from handlers.base import Context, Page, Part, Reply, Router
from handlers.course_words import FAMILIES, family_of, page_in, plain
from handlers.parsing import nearest
from models import training
from models.training import Enrolment, Family, Offered, ReceiptBy
from models.training.errors import NoSuchCourse

router = Router(texts="courses")

LEARN = "training.learn"
ON_A_PAGE = 8
SHOWN_DONE = 10


@router.command("课程", "课程目录", "课程表", "培训课程", "课", may=LEARN, takes_args=True)
@router.tap("courses", may=LEARN)
def browse(ctx: Context) -> Reply:
    """看有什么课，如「课程 法律」「课程 2」"""
    return _browse(ctx)


@router.command("学", "学习", "上课", may=LEARN, takes_args=True)
def study(ctx: Context) -> Reply:
    """看一门课、开始学，如「学 夜间联系」"""
    return _browse(ctx)


def _browse(ctx: Context) -> Reply:
    asked = ctx.args.strip()
    found = _offered(ctx)
    if (number := page_in(asked)) is not None:
        return _list(found, None, number)
    name, _, page = asked.partition(".")
    family = family_of(name)
    if not asked or family is not None:
        return _list(found, family, int(page) if page.isdecimal() else 1)
    return _card(ctx, _called(ctx, found, asked))


@router.endpoint("GET", "/courses", may=LEARN)
def browse_by_api(ctx: Context) -> Reply:
    """有什么课"""
    found = _offered(ctx)
    return Reply("courses", **_listed(found, None, 1), data={"courses": [_data(one) for one in found]})


def _offered(ctx: Context) -> Sequence[Offered]:
    return training.offered_to(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)


def _list(found: Sequence[Offered], family: Family | None, page: int) -> Reply:
    return Reply("courses", **_listed(found, family, page))


def _listed(found: Sequence[Offered], family: Family | None, page: int) -> dict[str, Any]:
    chosen = [one for one in found if family in (None, one.given.version.family)]
    pages = max(1, -(-len(chosen) // ON_A_PAGE))
    page = min(max(page, 1), pages)
    return {
        "shown": chosen[(page - 1) * ON_A_PAGE : page * ON_A_PAGE],
        "page": page,
        "pages": pages,
        "total": len(chosen),
        "family": family,
        "families": [one for one in Family if any(each.given.version.family == one for each in found)],
        "names": {one: words[0] for one, words in FAMILIES.items()},
    }


def _called(ctx: Context, found: Sequence[Offered], asked: str) -> Offered:
    """The course that is meant: by code, title, or part of the title.

    Raises:
        NoSuchCourse: none or several could be meant; those like it, or that speak of it, are named.
    """
    wanted = plain(asked).replace(" ", "")
    titles = {one: plain(one.given.version.title).replace(" ", "") for one in found}
    for fits in (
        [one for one in found if wanted in (plain(one.given.course.code), titles[one])],
        [one for one in found if wanted in titles[one]],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            raise NoSuchCourse(asked=asked, near=[one.given.version.title for one in fits[:6]])
    near = nearest(wanted, titles.values())
    named = [one.given.version.title for word in near for one in found if titles[one] == word]
    if not named and len(wanted) > 1:
        speaking = training.versions_that_say(ctx.session, asked)
        named = [one.given.version.title for one in found if one.given.version.id in speaking][:6]
    if not named:
        named = [one.given.version.title for one in found if _shares(wanted, titles[one])][:6]
    raise NoSuchCourse(asked=asked, near=named)


def _shares(wanted: str, title: str) -> bool:
    """Whether two texts have two neighbouring characters in common."""
    return any(wanted[place : place + 2] in title for place in range(len(wanted) - 1))


def _by_id(ctx: Context, said: str) -> Offered:
    for one in _offered(ctx):
        if str(one.given.course.id) == said:
            return one
    raise NoSuchCourse(asked=said, near=[])


def _card(ctx: Context, one: Offered) -> Reply:
    roles = [ctx.policy.rights.roles[role].name for role in one.given.version.roles]
    return Reply(
        "course",
        one=one,
        version=one.given.version,
        family=FAMILIES[one.given.version.family][0],
        roles=roles,
        reading=training.reading_minutes(one.given.letters, ctx.policy),
        data=_data(one),
    )


@router.tap("course", may=LEARN)
def look(ctx: Context) -> Reply:
    """看一门课"""
    return _card(ctx, _by_id(ctx, ctx.args))


@router.tap("learn", may=LEARN)
def begin(ctx: Context) -> Reply:
    """开始学一门课"""
    return _begin(ctx, _by_id(ctx, ctx.args))


@router.endpoint("POST", "/courses/<code>/enrolment", may=LEARN)
def begin_by_api(ctx: Context) -> Reply:
    """开始学一门课"""
    return _begin(ctx, _called(ctx, _offered(ctx), ctx.path["code"]))


def _begin(ctx: Context, one: Offered) -> Reply:
    enrolment, is_new = training.begin_learning(
        ctx.session, actor=ctx.employee, given=one.given, at=ctx.now, policy=ctx.policy
    )
    return Reply(
        "begun",
        enrolment=enrolment,
        version=one.given.version,
        lessons=one.given.lessons,
        is_new=is_new,
        data={"enrolment": enrolment.id, "version": one.given.version.number, "is_new": is_new},
    )


# --- reading ---------------------------------------------------------------------------------------------


@router.tap("lesson", may=LEARN)
def read_here(ctx: Context) -> list[Part]:
    """在聊天里看课文"""
    number, _, place = ctx.args.partition(".")
    enrolment = _own(ctx, number)
    lessons = training.lessons_of(ctx.session, enrolment.version_id)
    at = min(int(place) if place.isdecimal() else 0, len(lessons) - 1)
    lesson = lessons[at]
    return [
        Reply("lesson", lesson=lesson, words=training.words_of(lesson.markdown), at=at, of=len(lessons)),
        Reply("after_lesson", enrolment=enrolment, lesson=lesson, at=at, of=len(lessons)),
    ]


@router.tap("course_read", may=LEARN)
def have_read(ctx: Context) -> list[Part]:
    """读完了"""
    enrolment = _own(ctx, ctx.args)
    told: list[Part] = [_acknowledge(ctx, enrolment)]
    if enrolment.completed_at is None and training.version_of(ctx.session, enrolment).draws:
        told.append(Reply("to_the_exam", enrolment=enrolment))
    return told


@router.endpoint("POST", "/enrolments/<int:number>/receipt", may=LEARN)
def have_read_by_api(ctx: Context) -> Reply:
    """读完了"""
    return _acknowledge(ctx, _own(ctx, str(ctx.path["number"])))


def _acknowledge(ctx: Context, enrolment: Enrolment) -> Reply:
    is_new = training.acknowledge(
        ctx.session, person=ctx.employee, enrolment=enrolment, by=ReceiptBy.BUTTON, at=ctx.now
    )
    version = training.version_of(ctx.session, enrolment)
    return Reply(
        "read",
        version=version,
        enrolment=enrolment,
        data={
            "read_at": enrolment.read_at,
            "is_new": is_new,
            "questions": version.draws,
            "done": enrolment.completed_at is not None,
        },
    )


def _own(ctx: Context, said: str) -> Enrolment:
    number = int(said) if said.isdecimal() else 0
    return training.enrolment_of(ctx.session, person=ctx.employee, enrolment_id=number, lock=True)


@router.page("/courses/<int:enrolment>", "course.html", may=LEARN)
def course_page(ctx: Context) -> Page:
    """一门课的课文，在手机上读"""
    enrolment = training.enrolment_of(ctx.session, person=ctx.employee, enrolment_id=ctx.path["enrolment"])
    version = training.version_of(ctx.session, enrolment)
    lessons = [
        (lesson, training.html_of(lesson.markdown, lesson.pictures))
        for lesson in training.lessons_of(ctx.session, version.id)
    ]
    return Page(enrolment=enrolment, version=version, lessons=lessons, family=FAMILIES[version.family][0])


# --- what somebody learns and has learned ------------------------------------------------------------------


@router.command("我的课程", "我的培训", "我的学习", may=LEARN)
@router.tap("my_courses", may=LEARN)
def mine(ctx: Context) -> Reply:
    """看要学的、学完的和证书"""
    return _mine(ctx)


@router.endpoint("GET", "/courses/mine", may=LEARN)
def mine_by_api(ctx: Context) -> Reply:
    """要学的、学完的和证书"""
    return _mine(ctx)


def _mine(ctx: Context) -> Reply:
    own = training.own_learning(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    data = {
        "open": [_entry(one) for one in own.open],
        "done": [_entry(one) for one in own.done],
        "certificates": [
            {
                "title": None if version is None else version.title,
                "licence": held.licence,
                "expires_at": held.expires_at,
            }
            for held, version in own.certificates
        ],
    }
    return Reply("mine", own=own, now=ctx.now, most=SHOWN_DONE, data=data)


def _entry(one: training.OwnCourse) -> dict[str, Any]:
    return {
        "enrolment": one.enrolment.id,
        "title": one.version.title,
        "reason": one.enrolment.reason,
        "due_at": one.enrolment.due_at,
        "read_at": one.enrolment.read_at,
        "completed_at": one.enrolment.completed_at,
    }


def _data(one: Offered) -> dict[str, Any]:
    version = one.given.version
    return {
        "code": one.given.course.code,
        "title": version.title,
        "family": version.family,
        "version": version.number,
        "lessons": one.given.lessons,
        "questions": one.given.questions,
        "draws": version.draws,
        "pass_mark": version.pass_mark,
        "compliance": version.compliance,
        "suits": one.suits,
        "open": one.is_open,
        "done": one.is_done,
    }
