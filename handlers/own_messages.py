"""消息: what a candidate was told, newest first, also what could not be delivered at its time."""

from collections.abc import Sequence
from typing import Any

from handlers.base import Audience, Context, Reply, Router
from models import enquiries, notices, recruiting

router = Router(texts="own_messages")

AT_ONCE = 6


@router.command("消息", "我的消息", "消息中心", "通知", audience=Audience.CANDIDATE)
@router.tap("my_messages", audience=Audience.CANDIDATE)
def my_messages(ctx: Context) -> Reply:
    """看人事给我的答复和通知"""
    found = sorted(
        [*_requests(ctx), *_enquiries(ctx), *_notices(ctx)], key=lambda one: one["at"], reverse=True
    )
    return Reply("messages", found=found[:AT_ONCE])


def _requests(ctx: Context) -> Sequence[dict[str, Any]]:
    lines = []
    for request in recruiting.requests_of(ctx.session, person=ctx.candidate, limit=AT_ONCE):
        words = recruiting.words_of(ctx.session, request)
        said = " ".join(words.get("question" if request.state == "asked_back" else "answer", "").split())
        lines.append({"at": request.changed_at, "what": "request", "request": request, "said": said})
    return lines


def _enquiries(ctx: Context) -> Sequence[dict[str, Any]]:
    lines = []
    for enquiry in enquiries.enquiries_of(ctx.session, person=ctx.candidate, limit=AT_ONCE):
        question, answer = (" ".join(said.split()) for said in enquiries.words_of(ctx.session, enquiry))
        moment = enquiry.answered_at or enquiry.asked_at
        lines.append({"at": moment, "what": "enquiry", "question": question, "said": answer})
    return lines


def _notices(ctx: Context) -> Sequence[dict[str, Any]]:
    told = notices.messages_of(ctx.session, person=ctx.candidate, policy=ctx.policy, limit=AT_ONCE)
    return [
        {"at": one.at, "what": "notice", "title": one.title, "said": " ".join(one.words.split())}
        for one in told
    ]
