"""消息状态: what became of the messages to somebody, for who runs the installation."""

from handlers.base import Context, Reply, Router
from models import staff

router = Router(texts="delivery")


@router.command("消息状态", may="messages.see_delivery", takes_args=True)
def delivery(ctx: Context) -> Reply:
    """看某人最近的消息送到没有，如「消息状态 张三」"""
    asked = ctx.args or ctx.employee.name
    people = staff.find_by_name_or_account(ctx.session, asked)
    if len(people) != 1:
        return Reply("which_person", asked=asked, people=people)
    [person] = people
    messages = staff.messages_to_employee(ctx.session, actor=ctx.employee, person=person, policy=ctx.policy)
    return Reply("states", person=person, messages=messages)
