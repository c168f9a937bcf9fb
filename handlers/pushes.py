"""推送, 学习进度, 谁没学 and 回执: whoever leads has people learn something, and sees how far they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.base import Attachment, AttachmentKind, Context, Later, Part, Reply, Router, to_confirm
from handlers.drawing import Ranking, picture
from handlers.meant import argument_of, employee_roles, keep_for_undo, person_called, unit_called
from handlers.parsing import Misunderstood
from handlers.push_words import EVERYBODY, NEWCOMERS, one_by_one, take_audience, take_version
from jobs import lessons as work
from jobs.base import JobContext
from jobs.spreadsheet import Cell, Sheet, attached
from models import proposals, staff, training
from models.staff import Employee, Unit
from models.training import LEARN, PUSH, Audience, CourseVersion, Plan, PushReason, Receipt

router = Router(texts="pushes")

MOST_NAMED = 5
MOST_LISTED = 20
MOST_BUTTONS = 6


@dataclass(frozen=True)
class Wanted:
    """A push by the API: the course by code or title; accounts, ids of units, codes of roles."""

    course: str
    people: tuple[str, ...] = ()
    units: tuple[int, ...] = ()
    roles: tuple[str, ...] = ()
    newcomers: bool = False
    everybody: bool = False


@dataclass(frozen=True)
class ForPerson:
    """A push to one person by the API: the course by code or title."""

    course: str


# --- reading ------------------------------------------------------------------------------------------


@router.tap("lesson_read")
def read(ctx: Context) -> Reply:
    """点「读完了」"""
    return _read(ctx, _number(ctx.args))


@router.command("读完了", "我读完了", "学完了", "我学完了", may=LEARN, hidden=True)
def read_in_words(ctx: Context) -> Reply:
    """说一声读完了，和点「读完了」一样"""
    unread = [
        one
        for one in training.open_enrolments(ctx.session, ctx.employee)
        if one.sent_at is not None and one.read_at is None
    ]
    if len(unread) == 1:
        return _read(ctx, unread[0].id)
    if not unread:
        return Reply("nothing_unread")
    offered = [(one, ctx.session.get_one(CourseVersion, one.version_id)) for one in unread[:MOST_BUTTONS]]
    return Reply("which_read", offered=offered)


def _read(ctx: Context, number: int) -> Reply:
    found = training.enrolment_of(ctx.session, person=ctx.employee, enrolment_id=number, lock=True)
    version = ctx.session.get_one(CourseVersion, found.version_id)
    training.acknowledge(
        ctx.session, person=ctx.employee, enrolment=found, by=training.ReceiptBy.BUTTON, at=ctx.now
    )
    values: dict[str, Any] = {"version": version, "enrolment": found}
    if found.completed_at is not None:
        return Reply("read_and_done", **values)
    return Reply("read", about=f"lesson:{found.id}", **values)


def _usage(handler: Callable[..., Any]) -> str:
    return (handler.__doc__ or "").strip()


def _number(said: str) -> int:
    return int(said) if said.isdecimal() else 0


# --- pushing ------------------------------------------------------------------------------------------


@router.command("推送", "推课", "推送课程", "派课", may=PUSH, takes_args=True)
def propose(ctx: Context) -> Reply:
    """让人学一课，如「推送 夜间规则 给 二组」"""
    title, whom = take_audience(ctx.args)
    if not title or not whom:
        raise Misunderstood(usage=_usage(propose))
    version = training.find_version(ctx.session, title)
    audience, names = _audience(ctx, whom)
    return _preview(ctx, version, audience, names)


def _audience(ctx: Context, whom: str) -> tuple[Audience, Sequence[str]]:
    people: list[int] = []
    units: list[int] = []
    roles: list[str] = []
    newcomers = everybody = False
    names = []
    known = employee_roles(ctx)
    for word in one_by_one(whom):
        if word in NEWCOMERS:
            newcomers = True
        elif word in EVERYBODY:
            everybody = True
        elif word in known:
            roles.append(known[word])
        elif (unit := unit_called(ctx, PUSH, word)) is not None:
            units.append(unit.id)
        else:
            people.append(person_called(ctx, PUSH, word).id)
        names.append(word)
    found = Audience(tuple(people), tuple(units), tuple(roles), newcomers=newcomers, everybody=everybody)
    return found, names


@router.endpoint("POST", "/training/pushes", may=PUSH, body=Wanted)
def propose_by_api(ctx: Context) -> Reply:
    """让人学一课：先预览，再确认"""
    body: Wanted = ctx.body
    people = [person_called(ctx, PUSH, account) for account in body.people]
    for unit in body.units:
        staff.find_unit_by_id(ctx.session, actor=ctx.employee, action=PUSH, unit_id=unit, policy=ctx.policy)
    audience = Audience(
        tuple(person.id for person in people),
        body.units,
        body.roles,
        newcomers=body.newcomers,
        everybody=body.everybody,
    )
    version = training.find_version(ctx.session, body.course)
    return _preview(ctx, version, audience, [person.name for person in people])


@router.endpoint("POST", "/people/<account>/lessons", may=PUSH, body=ForPerson)
def propose_for_person_by_api(ctx: Context) -> Reply:
    """让一个人学一课：先预览，再确认"""
    body: ForPerson = ctx.body
    person = person_called(ctx, PUSH, ctx.path["account"])
    version = training.find_version(ctx.session, body.course)
    return _preview(ctx, version, Audience(people=(person.id,)), [person.name])


def _preview(ctx: Context, version: CourseVersion, audience: Audience, names: Sequence[str]) -> Reply:
    plan = training.plan_push(
        ctx.session, version=version, audience=audience, actor=ctx.employee, at=ctx.now, policy=ctx.policy
    )
    if not plan.ids:
        raise training.NobodyToPush(left_out=_left_out(ctx, plan))
    reason = _reason(ctx, version)
    days = work.days_of(_job(ctx), plan.ids)
    urgent = reason is PushReason.REGULATION
    now = sum(days.may_now(id_, urgent=urgent) for id_ in plan.ids)
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="push_lesson",
        arguments={"version": version.id, "audience": audience.details()},
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
    )
    return Reply(
        "preview",
        proposal=proposal,
        version=version,
        names=list(names),
        people=len(plan.ids),
        now=now,
        next=min((days.next_free(id_, urgent=urgent) for id_ in plan.ids), default=ctx.now),
        left_out=_left_out(ctx, plan),
        mandatory=training.is_mandatory(version, reason, regulation=urgent),
        workdays=ctx.policy.training.due_workdays,
        data={**to_confirm(proposal), "people": len(plan.ids), "version": version.id},
    )


def _reason(ctx: Context, version: CourseVersion) -> PushReason:
    kind = ctx.session.get_one(training.Course, version.course_id).kind
    return PushReason.REGULATION if kind == training.CourseKind.REGULATION else PushReason.ASSIGNED


def _left_out(ctx: Context, plan: Plan) -> Sequence[Mapping[str, Any]]:
    """Why somebody gets nothing: how many, and the first names."""
    return [
        {
            "why": str(why),
            "count": len(ids),
            "names": [ctx.session.get_one(Employee, id_).name for id_ in ids[:MOST_NAMED]],
        }
        for why, ids in plan.left_out.items()
    ]


def _job(ctx: Context) -> JobContext:
    return JobContext(ctx.session, ctx.now, ctx.calendar, ctx.policy)


@router.confirmation("push_lesson", may=PUSH)
def push(ctx: Context) -> Reply:
    """确认推送"""
    assert ctx.proposal is not None
    asked = ctx.proposal.arguments
    previewed = ctx.session.get_one(CourseVersion, asked["version"])
    version = training.current_version(ctx.session, previewed.course_id) or previewed
    done = training.push(
        ctx.session,
        version=version,
        audience=Audience.of(asked["audience"]),
        reason=_reason(ctx, version),
        actor=ctx.employee,
        at=ctx.now,
        policy=ctx.policy,
    )
    keep_for_undo(ctx, "push_lesson", push=done.push.id)
    return Reply(
        "pushed",
        version=version,
        people=len(done.plan.ids),
        data={"push": done.push.id, "people": len(done.plan.ids)},
    )


@router.inverse("push_lesson", may=PUSH)
def take_back(ctx: Context) -> Reply:
    """撤销推送"""
    found, taken, kept = training.take_back_push(
        ctx.session,
        actor=ctx.employee,
        push_id=argument_of(ctx, "push"),
        at=ctx.now,
        policy=ctx.policy,
    )
    version = ctx.session.get_one(CourseVersion, found.version_id)
    return Reply("push_taken_back", version=version, people=taken, kept=kept, taken=ctx.taken_back)


# --- looking ------------------------------------------------------------------------------------------


@router.command("学习进度", "培训进度", "学习情况", "培训情况", may=PUSH, takes_args=True)
def show(ctx: Context) -> list[Part]:
    """看大家学得怎么样，如「学习进度 二组」"""
    asked = ctx.args.strip()
    unit = None
    if asked:
        unit = unit_called(ctx, PUSH, asked)
        if unit is None:
            return [_of_version(ctx, training.find_version(ctx.session, asked))]
    return _progress(ctx, unit)


@router.endpoint("GET", "/training/progress", may=PUSH)
def show_by_api(ctx: Context) -> list[Part]:
    """看管的人学得怎么样"""
    return _progress(ctx, None)


def _progress(ctx: Context, unit: Unit | None) -> list[Part]:
    found = training.progress(
        ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy, unit=unit, limit=MOST_LISTED
    )
    data = [
        {
            "version": one.version.id,
            "title": one.version.title,
            "number": one.version.number,
            "people": one.people,
            "sent": one.sent,
            "read": one.read,
            "done": one.done,
            "late": one.late,
        }
        for one in found
    ]
    reply = Reply("progress", unit=unit, found=found, most=MOST_NAMED, data={"courses": data})
    if len(found) < 2:
        return [reply]
    return [reply, Later("training_progress", {"unit": None if unit is None else unit.id})]


@router.later("training_progress", may=PUSH)
def draw(ctx: Context) -> Attachment | Reply:
    """How far they are, drawn."""
    id_ = ctx.arguments["unit"]
    unit = None if id_ is None else ctx.session.get_one(Unit, id_)
    found = training.progress(
        ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy, unit=unit, limit=MOST_LISTED
    )
    words = ctx.words("pushes/progress_words", unit=unit, now=ctx.now)
    rows = [(one.version.title, round(one.share * 100, 1)) for one in found]
    content = picture(words["title"], words["subtitle"], [Ranking(words["share"], rows, "%")])
    return Attachment(AttachmentKind.IMAGE, f"{words['title']}.png", content)


@router.command("谁没学", "谁没读", "没学的人", "谁还没学", may=PUSH, takes_args=True)
def who_has_not(ctx: Context) -> Reply:
    """看谁还没学完，如「谁没学」「谁没学 夜间规则」"""
    if not ctx.args.strip():
        return _all_who_have_not(ctx)
    return _of_version(ctx, training.find_version(ctx.session, ctx.args))


def _all_who_have_not(ctx: Context) -> Reply:
    ids = training.lagging_within(
        ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy, all_sent=True
    )
    by_person: dict[int, list[training.Due]] = {}
    for one in training.found_of(ctx.session, ids):
        by_person.setdefault(one.enrolment.employee_id, []).append(one)
    people = [
        {
            "person": ctx.session.get_one(Employee, id_),
            "titles": [one.version.title.split("：")[0] for one in theirs],
            "late": any(
                one.enrolment.due_at is not None and one.enrolment.due_at <= ctx.now for one in theirs
            ),
        }
        for id_, theirs in by_person.items()
    ]
    people.sort(key=lambda one: not one["late"])
    return Reply("all_not_done", people=people, most=MOST_LISTED)


def _of_version(ctx: Context, version: CourseVersion) -> Reply:
    waiting = training.receipts(
        ctx.session,
        version=version,
        actor=ctx.employee,
        at=ctx.now,
        policy=ctx.policy,
        open_only=True,
    )
    found = [
        one
        for one in training.progress(
            ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy, limit=10_000
        )
        if one.version.id == version.id
    ]
    people: list[dict[str, Any]] = [
        {
            "name": one.person.name,
            "read": one.enrolment.read_at is not None,
            "sent": one.enrolment.sent_at,
            "late": one.enrolment.due_at is not None and one.enrolment.due_at <= ctx.now,
            "days": None
            if one.enrolment.sent_at is None
            else (ctx.now.date() - one.enrolment.sent_at.date()).days,
        }
        for one in waiting
    ]
    people.sort(key=lambda one: (not one["late"], -(one["days"] or 0)))
    return Reply(
        "not_done",
        version=version,
        people=people,
        figures=found[0] if found else None,
        most=MOST_LISTED,
        about=None,
    )


@router.command("回执", "学习回执", "已读回执", "回执表", may=PUSH, takes_args=True)
def receipts(ctx: Context) -> list[Part]:
    """一课的回执做成表格，如「回执 夜间规则 第1版」"""
    title, number = take_version(ctx.args)
    if not title:
        raise Misunderstood(usage=_usage(receipts))
    version = training.find_version(ctx.session, title, number=number)
    kept = _receipts(ctx, version)
    reply = Reply(
        "receipts",
        version=version,
        people=len(kept),
        read=sum(one.enrolment.read_at is not None for one in kept),
    )
    return [reply, Later("training_receipts", {"version": version.id})] if kept else [reply]


def _receipts(ctx: Context, version: CourseVersion) -> Sequence[Receipt]:
    return training.receipts(ctx.session, version=version, actor=ctx.employee, at=ctx.now, policy=ctx.policy)


@router.endpoint("GET", "/training/versions/<int:version>/receipts", may=PUSH)
def receipts_by_api(ctx: Context) -> Reply:
    """一课的回执"""
    version = ctx.session.get(CourseVersion, ctx.path["version"])
    if version is None:
        raise training.NoSuchCourse(asked=str(ctx.path["version"]))
    kept = _receipts(ctx, version)
    data = [
        {
            "account": one.person.wecom_id,
            "name": one.person.name,
            "reason": str(one.enrolment.reason),
            "sent_at": one.enrolment.sent_at,
            "read_at": one.enrolment.read_at,
            "read_by": one.enrolment.read_by,
            "completed_at": one.enrolment.completed_at,
            "passed": one.passed,
            "score": one.score,
            "days": one.days,
        }
        for one in kept
    ]
    read = sum(one.enrolment.read_at is not None for one in kept)
    return Reply("receipts", version=version, people=len(kept), read=read, data={"receipts": data})


@router.later("training_receipts", may=PUSH)
def sheet(ctx: Context) -> Attachment:
    """The receipts as a file."""
    version = ctx.session.get_one(CourseVersion, ctx.arguments["version"])
    kept = _receipts(ctx, version)
    words = ctx.words("pushes/sheet_words", version=version, me=ctx.employee, now=ctx.now)
    units = training.unit_names(ctx.session, [one.person for one in kept])
    rows: list[Sequence[Cell]] = [
        (
            one.person.number or "",
            one.person.name,
            units.get(one.person.unit_id or 0, ""),
            version.number,
            words.get(str(one.enrolment.reason), ""),
            _moment(one.enrolment.sent_at),
            _moment(one.enrolment.read_at),
            words.get(f"by_{one.enrolment.read_by}", ""),
            _moment(one.enrolment.completed_at),
            "" if one.passed is None else words["passed" if one.passed else "failed"],
            one.score,
            one.days,
        )
        for one in kept
    ]
    notes = [words["made"]]
    return attached(
        words["file"], [Sheet(words["name"], words["head"].split("|"), rows, notes=notes)], at=ctx.now
    )


def _moment(moment: Any) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


@router.tap("lesson_nudge", may=PUSH)
def nudge(ctx: Context) -> list[Part]:
    """再催一次没学完的人"""
    told, people = work.nudge(_job(ctx), ctx.employee)
    return [Reply("nudged", people=people), *told]
