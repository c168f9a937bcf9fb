"""外号: what people are called, so that sentences may call them so."""

from dataclasses import dataclass

from handlers.base import Context, Reply, Router
from handlers.meant import person_called
from handlers.parsing import Misunderstood, read_name
from models import staff
from models.staff import Employee

router = Router(texts="nicknames")

MAY = "people.nickname"


@dataclass(frozen=True)
class NicknameRequest:
    """What somebody is called."""

    nickname: str


@router.command("外号", "别名", "昵称", may=MAY, takes_args=True)
def give(ctx: Context) -> Reply:
    """给人起外号，如「外号 张三 三哥」"""
    person, said = _read(ctx, str(give.__doc__))
    if not said:
        return _told(ctx, person)
    return _give(ctx, person, said)


@router.endpoint("POST", "/people/<account>/nicknames", may=MAY, body=NicknameRequest)
def post_nickname(ctx: Context) -> Reply:
    """给人起外号"""
    return _give(ctx, _person(ctx), ctx.body.nickname)


@router.command("删外号", "删除外号", "去掉外号", may=MAY, takes_args=True)
def drop(ctx: Context) -> Reply:
    """去掉外号，如「删外号 张三 三哥」"""
    person, said = _read(ctx, str(drop.__doc__))
    if not said:
        raise Misunderstood(usage=str(drop.__doc__))
    staff.drop_nickname(
        ctx.session, actor=ctx.employee, person=person, said=said, at=ctx.now, policy=ctx.policy
    )
    return _told(ctx, person)


@router.command("我的外号", "我叫什么")
@router.endpoint("GET", "/nicknames")
def mine(ctx: Context) -> Reply:
    """看大家叫我什么"""
    return _told(ctx, ctx.employee)


def _read(ctx: Context, usage: str) -> tuple[Employee, str]:
    """(whom the first word names, the rest as the nickname)."""
    name, _, said = read_name(ctx.args).partition(" ")
    if not name:
        raise Misunderstood(usage=usage)
    return person_called(ctx, MAY, name), said.strip()


def _person(ctx: Context) -> Employee:
    return staff.find_person(
        ctx.session,
        actor=ctx.employee,
        action=MAY,
        account=ctx.path["account"],
        at=ctx.now,
        policy=ctx.policy,
    )


def _give(ctx: Context, person: Employee, said: str) -> Reply:
    staff.give_nickname(
        ctx.session, actor=ctx.employee, person=person, said=said, at=ctx.now, policy=ctx.policy
    )
    return _told(ctx, person)


def _told(ctx: Context, person: Employee) -> Reply:
    known = staff.nicknames_of(ctx.session, [person.id]).get(person.id, ())
    mine = person.id == ctx.employee.id
    return Reply("nicknames", person=person, nicknames=known, mine=mine, data={"nicknames": list(known)})
