"""消息状态 and 撤回: what became of the messages to somebody, and taking one back."""

from collections.abc import Sequence

from handlers.base import Context, Reply, Router
from models import messaging, staff
from models.staff import Employee

router = Router(texts="delivery")


@router.command("消息状态", may="messages.see_delivery", takes_args=True)
def delivery(ctx: Context) -> Reply:
    """看某人最近的消息送到没有，如「消息状态 张三」"""
    asked = ctx.args or ctx.employee.name
    people = _within_reach(ctx, "messages.see_delivery", asked)
    if len(people) != 1:
        return Reply("which_person", asked=asked, people=people)
    return _states(ctx, people[0])


@router.endpoint("GET", "/people/<account>/messages", may="messages.see_delivery")
def list_messages(ctx: Context) -> Reply:
    """最近发给某人的消息送到没有"""
    return _states(ctx, _person(ctx, "messages.see_delivery"))


def _states(ctx: Context, person: Employee) -> Reply:
    messages = staff.messages_to_employee(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    data = {
        "messages": [{"id": one.id, "created_at": one.created_at, "state": one.state} for one in messages]
    }
    return Reply("states", person=person, messages=messages, data=data)


def _within_reach(ctx: Context, action: str, asked: str) -> Sequence[Employee]:
    """Whom the words name, of those within reach; the others are as unknown as nobody."""
    allowed = staff.reach(ctx.employee, action, ctx.policy.rights)
    people = staff.find_by_name_or_account(ctx.session, asked, at=ctx.now)
    return [one for one in people if staff.covers_person(ctx.session, allowed, ctx.employee, one, at=ctx.now)]


def _person(ctx: Context, action: str) -> Employee:
    return staff.find_person(
        ctx.session,
        actor=ctx.employee,
        action=action,
        account=ctx.path["account"],
        at=ctx.now,
        policy=ctx.policy,
    )


@router.command("撤回", may="messages.recall", takes_args=True)
def propose_recall(ctx: Context) -> Reply:
    """撤回发给某人的最近一条消息，如「撤回 张三」"""
    people = _within_reach(ctx, "messages.recall", ctx.args)
    if len(people) != 1:
        return Reply("recall_from_whom", asked=ctx.args, people=people)
    [person] = people
    found = staff.newest_recallable(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    if found is None:
        return Reply("nothing_to_recall", person=person)
    return Reply(
        "confirm_recall",
        person=person,
        message=found.message,
        gist=messaging.gist(found.message.payload),
        others=found.others,
    )


@router.tap("recall", may="messages.recall")
def recall(ctx: Context) -> Reply:
    """确认撤回"""
    if not ctx.args.isdecimal():
        return Reply("common/stale_key")
    recalled = staff.recall_message(
        ctx.session, actor=ctx.employee, message_id=int(ctx.args), at=ctx.now, policy=ctx.policy
    )
    return Reply("recalled", recalled=recalled, gist=messaging.gist(recalled.message.payload))


@router.endpoint("POST", "/people/<account>/messages/recall", may="messages.recall")
def recall_newest(ctx: Context) -> Reply:
    """撤回发给某人的最近一条消息"""
    person = _person(ctx, "messages.recall")
    found = staff.newest_recallable(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    if found is None:
        return Reply("nothing_to_recall", person=person, data={"recalled": None})
    recalled = staff.recall_message(
        ctx.session, actor=ctx.employee, message_id=found.message.id, at=ctx.now, policy=ctx.policy
    )
    data = {"recalled": recalled.message.id, "others": recalled.others}
    gist = messaging.gist(recalled.message.payload)
    return Reply("recalled", recalled=recalled, gist=gist, data=data)
