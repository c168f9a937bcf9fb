"""确认 and 取消: what was proposed happens, or does not."""

import re
import unicodedata
from dataclasses import dataclass

from handlers.base import Answer, Context, Reply, Router
from models import proposals

router = Router(texts="proposals")

CODE_DIGITS = 6


def read_confirmation(args: str, *, by_card: bool) -> tuple[int | None, str]:
    """(the proposal that is meant, None for the newest; the code given with it) of what follows 「确认」.

    A card's button names the proposal; typed words can only bring a code.
    """
    if by_card:
        return (int(args), "") if args.isdecimal() else (None, "")
    digits = re.findall(r"\d+", unicodedata.normalize("NFKC", args).replace(" ", ""))
    return None, next((code for code in digits if len(code) == CODE_DIGITS), "")


@router.command("确认", "确定", takes_args=True, hidden=True)
@router.tap("confirm")
def confirm(ctx: Context) -> Answer:
    """确认刚才预览的操作"""
    raise AssertionError("the dispatcher takes it to the handler of the proposal")


@router.command("取消", "算了", "不用了", hidden=True)
@router.tap("cancel")
def cancel(ctx: Context) -> Reply:
    """取消刚才预览的操作"""
    id_ = int(ctx.args) if ctx.args.isdecimal() else None
    if id_ is None:
        newest = proposals.newest_open(ctx.session, actor=ctx.employee, at=ctx.now)
        if newest is None:
            raise proposals.NothingToConfirm()
        id_ = newest.id
    proposals.cancel(ctx.session, actor=ctx.employee, id_=id_)
    return Reply("cancelled")


@dataclass(frozen=True)
class Confirmation:
    """What comes with a confirmation by the API: the code of the second factor, where it takes one."""

    code: str = ""


@router.endpoint("POST", "/proposals/<int:id>/confirm", body=Confirmation)
def confirm_by_api(ctx: Context) -> Answer:
    """确认预览过的操作"""
    raise AssertionError("the dispatcher takes it to the handler of the proposal")


@router.endpoint("POST", "/proposals/<int:id>/cancel")
def cancel_by_api(ctx: Context) -> Reply:
    """取消预览过的操作"""
    proposals.cancel(ctx.session, actor=ctx.employee, id_=ctx.path["id"])
    return Reply("cancelled")
