"""消息状态 and 撤回: what became of the messages to somebody, and taking one back."""

from handlers.base import Context, Reply, Router
from models import messaging, staff

router = Router(texts="delivery")


@router.command("消息状态", may="messages.see_delivery", takes_args=True)
def delivery(ctx: Context) -> Reply:
    """看某人最近的消息送到没有，如「消息状态 张三」"""
    asked = ctx.args or ctx.employee.name
    people = staff.find_by_name_or_account(ctx.session, asked, at=ctx.now)
    if len(people) != 1:
        return Reply("which_person", asked=asked, people=people)
    [person] = people
    messages = staff.messages_to_employee(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    return Reply("states", person=person, messages=messages)


@router.command("撤回", may="messages.recall", takes_args=True)
def propose_recall(ctx: Context) -> Reply:
    """撤回发给某人的最近一条消息，如「撤回 张三」"""
    people = staff.find_by_name_or_account(ctx.session, ctx.args, at=ctx.now)
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
