"""题目有错: whoever learns says that a question is wrong, compliance looks at it and answers."""

from handlers.base import CloseCards, Context, Notice, Part, Reply, Router
from handlers.course_words import numbered
from models import training
from models.training import LEARN, LETTERS, PUBLISH, DoubtView

router = Router(texts="question_doubts")


@router.command(
    "题目有错", "这题答案不对", "这题不对", "答案不对", "题目不对", "题错了", "这题有问题", "这题错了",
    may=LEARN, takes_args=True, hidden=True,
)  # fmt: skip
def doubt(ctx: Context) -> list[Part]:
    """觉得题目或答案不对，如「题目有错 3 十点可以发短信」"""
    number, words = numbered(ctx.args)
    found = training.doubt_question(
        ctx.session, actor=ctx.employee, number=number, words=words, at=ctx.now, policy=ctx.policy
    )
    if not found.is_new:
        return [Reply("doubted_before", d=found)]
    people = training.who_decides(ctx.session, ctx.employee, ctx.now)
    told: list[Part] = [Reply("doubted", d=found, people=people)]
    for person in people:
        values = {"d": found, "marks": LETTERS}
        told += [
            Notice(person, "question_doubts/doubted_question", values),
            Notice(person, "question_doubts/doubt_card", values, about=found.about),
        ]
    return told


@router.tap("question_right", may=PUBLISH)
def right(ctx: Context) -> list[Part]:
    """题没有错"""
    return _settled(ctx, wrong=False)


@router.tap("question_wrong", may=PUBLISH)
def wrong(ctx: Context) -> list[Part]:
    """题确实有错，会改"""
    return _settled(ctx, wrong=True)


def _settled(ctx: Context, *, wrong: bool) -> list[Part]:
    found: DoubtView = training.settle_doubt(
        ctx.session,
        actor=ctx.employee,
        doubt_id=int(ctx.args) if ctx.args.isdecimal() else 0,
        wrong=wrong,
        at=ctx.now,
        policy=ctx.policy,
    )
    return [
        CloseCards(found.about, "question_doubts/settled_button"),
        Reply("settled", d=found),
        Notice(found.person, "question_doubts/your_doubt", {"d": found}),
    ]
