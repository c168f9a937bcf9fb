"""催记 and 下次跟进: what came of a contact, in two taps or in free words, and when to go on."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from handlers.base import Context, Part, Reply, Router
from handlers.casewords import code_of, take_case
from handlers.meant import argument_of, keep_for_undo, the_case
from handlers.parsing import take_days, take_time
from jobs.case_cards import about_case, close_case_cards, told_of_handling
from models import cases
from models.cases import Case, ContactNote, FollowUpState

router = Router(texts="case_notes")

OUTCOMES_AT_ONCE = 5
"""So many outcomes on one card; a sixth button leads on."""
MORNING = time(10)
"""When somebody goes on who names a day and no time."""


@dataclass(frozen=True)
class NewNote:
    """What came of a contact: a code of the policy, and free words."""

    outcome: str = ""
    words: str = ""
    identity_stated: bool | None = None
    next_at: datetime | None = None


@dataclass(frozen=True)
class NewFollowUp:
    """When to go on, and with what."""

    due_at: datetime
    words: str = ""


@router.command("催记", "记催记", "跟进记录", may="cases.work", takes_args=True)
def note(ctx: Context) -> list[Part]:
    """记一笔联系结果，如「催记 1024 没人接」"""
    number, words = take_case(ctx.args)
    if number is None:
        return [Reply("which_note")]
    case = the_case(ctx, "cases.work", number, after_halt=True)
    if not words:
        return [_ask_outcome(ctx, case)]
    outcome = _outcome_in(ctx, words) or cases.OTHER
    return _note(ctx, case, outcome, words.removeprefix(outcome).strip(), None)


@router.tap("case_note", may="cases.work")
def choose_outcome(ctx: Context) -> list[Part]:
    """点选联系结果"""
    number, code, stated, attempt = (*ctx.args.split("."), "", "", "")[:4]
    case = the_case(ctx, "cases.work", number, after_halt=True)
    if code not in ctx.policy.cases.outcomes:
        return [_ask_outcome(ctx, case, more=code == "more")]
    about = int(attempt) if attempt.isdecimal() else None
    return _note(ctx, case, code, "", {"y": True, "n": False}.get(stated), attempt_id=about)


@router.endpoint("POST", "/cases/<int:number>/notes", may="cases.work", body=NewNote)
def post_note(ctx: Context) -> list[Part]:
    """记一笔联系结果"""
    body: NewNote = ctx.body
    case = the_case(ctx, "cases.work", ctx.path["number"], after_halt=True)
    outcome = body.outcome or _outcome_in(ctx, body.words) or cases.OTHER
    return _note(ctx, case, outcome, body.words, body.identity_stated, body.next_at)


@router.command("更正", "更正催记", "改催记", may="cases.work", takes_args=True)
def correct(ctx: Context) -> list[Part]:
    """更正自己上一笔催记，如「更正 1024 是他爱人接的」"""
    number, words = take_case(ctx.args)
    if number is None or not words:
        return [Reply("which_correction")]
    case = the_case(ctx, "cases.work", number, after_halt=True)
    wrong = cases.newest_own_note(ctx.session, case=case, author=ctx.employee)
    if wrong is None:
        return [Reply("nothing_to_correct", number=case.id)]
    outcome = _outcome_in(ctx, words)
    return _note(
        ctx,
        case,
        outcome or wrong.outcome,
        words,
        wrong.identity_stated,
        corrects=wrong,
        stands=outcome is None,
    )


@router.tap("case_stated", may="cases.work")
def say_stated(ctx: Context) -> list[Part]:
    """补上开头有没有报机构名称"""
    number, _, stated = ctx.args.partition(".")
    case = the_case(ctx, "cases.work", number, after_halt=True)
    before = cases.newest_own_note(ctx.session, case=case, author=ctx.employee)
    if before is None or stated not in ("y", "n"):
        return [Reply("common/stale_key")]
    cases.state_identity(
        ctx.session,
        actor=ctx.employee,
        case=case,
        note=before,
        stated=stated == "y",
        at=ctx.now,
        policy=ctx.policy,
    )
    return [Reply("stated", stated=stated == "y")]


def _ask_outcome(ctx: Context, case: Case, *, more: bool = False) -> Reply:
    known = list(ctx.policy.cases.outcomes.items())
    return Reply(
        "ask_outcome",
        v=cases.view(ctx.session, case, at=ctx.now),
        outcomes=known[OUTCOMES_AT_ONCE:] if more else known[:OUTCOMES_AT_ONCE],
        start=more,
        more=not more and len(known) > OUTCOMES_AT_ONCE,
    )


def _note(
    ctx: Context,
    case: Case,
    outcome: str,
    words: str,
    stated: bool | None,
    next_at: datetime | None = None,
    corrects: ContactNote | None = None,
    attempt_id: int | None = None,
    stands: bool = False,
) -> list[Part]:
    """`stands`: a correction names no outcome, so that the one before still stands, and says so."""
    ask = (
        stated is None
        and corrects is None
        and cases.must_state_identity(ctx.session, case=case, outcome=outcome, policy=ctx.policy)
    )
    noted = cases.note_down(
        ctx.session,
        actor=ctx.employee,
        case=case,
        outcome=outcome,
        words=words,
        identity_stated=stated,
        next_at=next_at,
        corrects=corrects,
        attempt_id=attempt_id,
        at=ctx.now,
        policy=ctx.policy,
    )
    keep_for_undo(ctx, "note", number=case.id)
    told: list[Part] = [*close_case_cards([case.id])]
    seen = cases.view(ctx.session, case, at=ctx.now)
    told.append(
        Reply(
            "noted",
            about=about_case(case.id),
            v=seen,
            noted=noted,
            refused=None if noted.refused is None else noted.refused.facts,
            outcome=ctx.policy.cases.outcomes[outcome].words[0],
            words=noted.words,
            corrected=corrects is not None,
            stands=stands,
            others=[known.words[0] for code, known in ctx.policy.cases.outcomes.items() if code != outcome][
                :3
            ],
            times=_next_times(ctx),
            now=ctx.now,
            data={
                "note": noted.note.id,
                "flags": noted.note.flags,
                "next_at": noted.note.next_at,
                "lawful_from": None if noted.refused is None else noted.refused.facts["next_at"],
            },
        )
    )
    if ask:
        told.append(Reply("ask_stated", number=case.id))
    return [*told, *told_of_handling(ctx.session, noted.handled, ctx.employee)]


@router.inverse("note", may="cases.work")
def notes_stay(ctx: Context) -> None:
    """撤销催记"""
    cases.no_way_back("note", argument_of(ctx, "number"))


def _outcome_in(ctx: Context, words: str) -> str | None:
    """The outcome that free words name, or that stands in front as its code."""
    first = words.split(maxsplit=1)[0] if words.strip() else ""
    if first in ctx.policy.cases.outcomes:
        return first
    return code_of(words, {code: known.words for code, known in ctx.policy.cases.outcomes.items()})


def _next_times(ctx: Context) -> list[tuple[str, datetime]]:
    """Moments to go on, for buttons: in two hours if that is by day, tomorrow, in three days."""
    today = ctx.now.date()
    soon = (ctx.now + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    days = [datetime.combine(today + timedelta(days=n), MORNING, tzinfo=ctx.now.tzinfo) for n in (1, 3)]
    return [
        (f"{when:%Y%m%d%H%M}", when) for when in ([soon, *days] if MORNING.hour <= soon.hour < 20 else days)
    ]


# --- when to go on ---------------------------------------------------------------------------------------


@router.command("下次跟进", "下次", "提醒我跟", may="cases.work", takes_args=True)
def plan(ctx: Context) -> list[Part]:
    """定下次什么时候跟，如「下次 1024 明天下午3点」"""
    number, said = take_case(ctx.args)
    days, rest = take_days(said, ctx.now.date())
    hour, words = take_time(rest)
    if number is None or (not days and hour is None):
        return [Reply("which_time", number=number or 1024)]
    day = days[0] if days else ctx.now.date()
    due_at = datetime.combine(day, hour or MORNING, tzinfo=ctx.now.tzinfo)
    return _plan(ctx, the_case(ctx, "cases.work", number), due_at, words)


@router.tap("case_next", may="cases.work")
def choose_time(ctx: Context) -> list[Part]:
    """点选下次跟进的时候"""
    number, _, when = ctx.args.partition(".")
    due_at = datetime.strptime(when, "%Y%m%d%H%M").replace(tzinfo=ctx.now.tzinfo)
    return _plan(ctx, the_case(ctx, "cases.work", number), due_at, "")


@router.endpoint("POST", "/cases/<int:number>/follow-ups", may="cases.work", body=NewFollowUp)
def post_follow_up(ctx: Context) -> list[Part]:
    """定下次什么时候跟"""
    case = the_case(ctx, "cases.work", ctx.path["number"])
    return _plan(ctx, case, ctx.body.due_at, ctx.body.words)


def _plan(ctx: Context, case: Case, due_at: datetime, words: str) -> list[Part]:
    planned = cases.plan_follow_up(
        ctx.session,
        actor=ctx.employee,
        case=case,
        due_at=due_at,
        words=words,
        at=ctx.now,
        policy=ctx.policy,
    )
    if planned.state != FollowUpState.OPEN:
        return [*close_case_cards([case.id]), Reply("stopped_instead", number=case.id)]
    keep_for_undo(ctx, "follow_up", follow_up=planned.id)
    reply = Reply("planned", number=case.id, due_at=planned.due_at, data={"follow_up": planned.id})
    return [*close_case_cards([case.id]), reply]


@router.inverse("follow_up", may="cases.work")
def drop_plan(ctx: Context) -> list[Part]:
    """撤销下次跟进"""
    dropped = cases.cancel_follow_up(
        ctx.session,
        actor=ctx.employee,
        follow_up_id=argument_of(ctx, "follow_up"),
        at=ctx.now,
        policy=ctx.policy,
    )
    return [*close_case_cards([dropped.case_id]), Reply("not_planned", number=dropped.case_id)]
