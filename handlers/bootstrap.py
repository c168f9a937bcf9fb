"""管理员 12345678: the first administrator comes in by the code that the operator reads from the doctor."""

import re
import unicodedata

from handlers.base import Audience, Context, Reply, Router
from models import bootstrap
from models.bootstrap import CodeOutcome
from models.staff import Employee

router = Router(texts="bootstrap")


def read_code(said: str) -> str:
    """The eight digits in what was said, full-width ones and spaces between them too; else nothing."""
    digits = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", said))
    found = re.fullmatch(r"\D*(\d{8})\D*", digits)
    return found[1] if found else ""


@router.command("管理员", audience=Audience.STRANGER, takes_args=True, hidden=True)
@router.command("管理员", takes_args=True, hidden=True)
def become_admin(ctx: Context) -> Reply:
    """用服务器上的口令成为第一个管理员"""
    code = read_code(ctx.args)
    if not code:
        return Reply("code_missing")
    employee = ctx.me if isinstance(ctx.me, Employee) else None
    wecom_id = ctx.employee.wecom_id if employee else ctx.stranger.wecom_id
    attempt = bootstrap.try_code(ctx.session, wecom_id=wecom_id, employee=employee, code=code, at=ctx.now)
    if attempt.outcome is CodeOutcome.RIGHT:
        return Reply("admin_made")
    if attempt.outcome is CodeOutcome.NOT_NEEDED:
        return Reply("not_needed")
    if attempt.outcome is CodeOutcome.VOID or not attempt.left:
        return Reply("code_void")
    return Reply("code_wrong", left=attempt.left)
