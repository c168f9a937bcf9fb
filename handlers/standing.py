"""上岗证, 分不到案子 and 考试成绩: how somebody stands, what keeps them from new cases, and the way out."""

from datetime import timedelta
from typing import Any

from handlers.base import Context, Part, Reply, Router
from handlers.meant import person_called
from handlers.parsing import read_name
from jobs import lessons as work
from jobs.base import JobContext
from models import distribution, training
from models.staff import Employee
from models.training import LEARN, PUSH, Outcome

router = Router(texts="standing")

ASSIGN = "cases.assign"
MOST_LISTED = 20


# --- the licence --------------------------------------------------------------------------------------


@router.command("上岗证", "我的上岗证", "考上岗证", "上岗资格", may=LEARN, takes_args=True)
@router.tap("licence", may=LEARN)
def licence(ctx: Context) -> Reply:
    """看上岗证到哪天、没有怎么考；组长可带名字"""
    name = read_name(ctx.args)
    if name and name != ctx.employee.name:
        return _of_person(ctx, person_called(ctx, PUSH, name))
    return Reply("licence", **_stands(ctx, ctx.employee))


def _stands(ctx: Context, person: Employee) -> dict[str, Any]:
    found = training.standing_of(ctx.session, person=person, at=ctx.now, policy=ctx.policy)
    values = ctx.policy.training
    renews = None if found.until is None else found.until - timedelta(days=values.licence_renew_days)
    return {
        "s": found,
        "now": ctx.now,
        "renews": renews,
        "tries": values.tries if found.tries is None else found.tries.left,
        "next_at": None if found.tries is None else found.tries.next_at,
        "data": {
            "needed": found.needed,
            "until": found.until,
            "barred": None if found.bar is None else str(found.bar),
        },
    }


@router.endpoint("GET", "/licence", may=LEARN)
def licence_by_api(ctx: Context) -> Reply:
    """我的上岗证"""
    return Reply("licence", **_stands(ctx, ctx.employee))


# --- new cases ----------------------------------------------------------------------------------------


@router.command("分不到案子", "没有案子", "为什么没有案子", "为什么不分案", may="cases.work")
def why_no_cases(ctx: Context) -> Reply:
    """为什么分不到案子、怎么恢复"""
    claims = distribution.claimable(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    return Reply("no_cases", worker=claims.worker, claims=claims, **_stands(ctx, ctx.employee))


@router.command("能不能分案", "为什么不给分案", may=ASSIGN, takes_args=True, hidden=True)
def why_not_to(ctx: Context) -> Reply:
    """看一个人能不能分案，如「能不能分案 张三」"""
    name = read_name(ctx.args)
    if not name:
        return Reply("whose_cases")
    person = person_called(ctx, ASSIGN, name)
    [worker] = distribution.workers(ctx.session, [person.id], at=ctx.now, policy=ctx.policy)
    return Reply("no_cases_for", person=person, worker=worker, **_stands(ctx, person))


@router.command("上岗证名单", "没有上岗证的人", "谁没有上岗证", "谁不能分案", may=PUSH)
def who_lacks(ctx: Context) -> Reply:
    """看谁没有上岗证、谁快到期、谁现在不分案"""
    people, found = training.licences_within(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    return Reply(
        "lacking",
        people=people,
        found=found,
        barred=[one for one in found if one.bar is not None],
        without=[one for one in found if one.bar is None and one.until is None],
        soon=[one for one in found if one.bar is None and one.until is not None],
        days=ctx.policy.training.licence_renew_days,
        most=MOST_LISTED,
    )


# --- exams --------------------------------------------------------------------------------------------


@router.command("考试成绩", "考试情况", "我的考试", "我的成绩单", may=LEARN, takes_args=True, hidden=True)
def exams(ctx: Context) -> Reply:
    """看考了多少分、还能考几次；组长可带名字"""
    name = read_name(ctx.args)
    if name and name != ctx.employee.name:
        return _of_person(ctx, person_called(ctx, PUSH, name))
    found = training.last_exams(ctx.session, person=ctx.employee, at=ctx.now, policy=ctx.policy)
    done = {one.enrolment.id for one in found}
    waiting = [
        (enrolment, version)
        for enrolment, version in training.exams_to_sit(ctx.session, ctx.employee)
        if enrolment.id not in done
    ]
    return Reply("exams", found=found, waiting=waiting, values=ctx.policy.training)


@router.command("错了哪些题", "我的错题", "哪些题错了", may=LEARN, hidden=True)
def mistakes(ctx: Context) -> Reply:
    """看上一次考试错了哪些题、应该选什么"""
    found = training.last_mistakes(ctx.session, person=ctx.employee)
    if found is None:
        return Reply("no_mistakes", attempt=None, version=None)
    attempt, version, wrong = found
    if not wrong:
        return Reply("no_mistakes", attempt=attempt, version=version)
    return Reply("mistakes", attempt=attempt, version=version, wrong=wrong)


@router.command("考试中", may=LEARN, hidden=True)
def while_it_goes_on(ctx: Context) -> Reply:
    """考试时能不能停、还有多久"""
    running = training.open_try(ctx.session, ctx.employee, ctx.now)
    if running is None:
        return Reply("no_exam_now")
    asked = training.next_question(ctx.session, running)
    left = max(1, int((running.ends_at - ctx.now).total_seconds() + 59) // 60)
    return Reply("exam_now", q=asked, minutes=left, total=len(running.questions))


# --- what a leader asks -------------------------------------------------------------------------------


@router.command("学得怎么样", "谁学得怎么样", may=PUSH, takes_args=True, hidden=True)
def of_person(ctx: Context) -> Reply:
    """看一个人的学习、考试和上岗证"""
    name = read_name(ctx.args)
    if not name:
        return Reply("whose_learning")
    return _of_person(ctx, person_called(ctx, PUSH, name))


def _of_person(ctx: Context, person: Employee) -> Reply:
    _, own, tried = training.learning_of(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    last: dict[int, Outcome] = {}
    for one in tried:
        last.setdefault(one.enrolment.id, one)
    return Reply("person", person=person, own=own, last=last, **_stands(ctx, person))


@router.command("催学习", "催学", "催没学的", "催一下没学的", may=PUSH, hidden=True)
def nudge(ctx: Context) -> list[Part]:
    """催一催收到了还没学完的人"""
    job = JobContext(ctx.session, ctx.now, ctx.calendar, ctx.policy)
    told, people = work.nudge(job, ctx.employee, all_sent=True)
    return [Reply("pushes/nudged", people=people), *told]
