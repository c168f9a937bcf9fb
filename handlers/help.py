"""帮助: what this person may say."""

from handlers.base import Audience, Context, Reply, Router

router = Router(texts="help")


@router.command("帮助", "help", "菜单", "功能", "怎么用", "?", takes_args=True)
@router.tap("help")
def help_employee(ctx: Context) -> Reply:
    """看看我能做什么，如「帮助 打卡」"""
    return Reply("commands", employee=ctx.employee, commands=ctx.commands, asked=ctx.args.strip())


@router.command("帮助", "help", "菜单", "功能", "怎么用", "?", audience=Audience.CANDIDATE)
@router.tap("help", audience=Audience.CANDIDATE)
def help_candidate(ctx: Context) -> Reply:
    """看看我能做什么"""
    return Reply("commands_candidate", commands=ctx.commands)
