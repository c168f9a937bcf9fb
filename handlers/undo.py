"""撤销: what somebody did last is taken back, with the messages that were sent because of it."""

from handlers.base import Answer, Context, Router

router = Router(texts="undo")


@router.command("撤销", "撤销刚才的操作", "搞错了", "弄错了", "分错了", "退回去", "还原")
@router.sentence(
    "undo",
    "<undo> <just> <step>?",
    "<just>? <slip> <undo>",
    "<slip> <just>",
    "<just> <slip>",
    "<just>? <step> <undo>",
    "<just> <step>? <slip>? <undo>",
    "<undo> <step>",
    "<slip> <undo> <just> <step>?",
    "撤|撤回|撤了|撤掉|撤一下|撤下|撤回来|撤回去|收回来|改回去|改回来|转回来|转回去|退回来|倒回去",
    remark=False,
)
def undo(ctx: Context) -> Answer:
    """撤销自己刚才做的，发出去的消息也收回"""
    raise AssertionError("the dispatcher takes it to the handler of the inverse")


@router.tap("undo")
def undo_by_card(ctx: Context) -> Answer:
    """撤销卡片上那一步"""
    raise AssertionError("the dispatcher takes it to the handler of the inverse")


@router.endpoint("POST", "/undoables/<int:id>/undo")
def undo_by_api(ctx: Context) -> Answer:
    """撤销自己做的一步"""
    raise AssertionError("the dispatcher takes it to the handler of the inverse")
