"""What somebody hears who has asked their leader for something about attendance, and what the leader gets."""

from handlers.base import Context, Part, Reply
from jobs.attendance_requests import names_of_deciders, tell_deciders
from models.attendance import RequestView


def asked(ctx: Context, view: RequestView) -> list[Part]:
    """Who decides and where to look, to who asked; the card, to those who decide."""
    reply = Reply(
        "attendance_requests/asked",
        v=view,
        names=names_of_deciders(ctx.session, view, ctx.now),
        about=view.request.about,
        data={"request": view.request.id},
    )
    return [reply, *tell_deciders(ctx.session, view, ctx.now)]
