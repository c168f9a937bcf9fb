"""The pictures of lessons, for whoever is logged in: named by their content, so that a phone keeps them."""

from flask import Response, session
from flask.typing import ResponseReturnValue

from bot.app import Muster
from models import staff
from models.training import LessonPicture

KEPT_SECONDS = 30 * 24 * 3600
POLICY = "default-src 'none'; sandbox"
"""Whatever else a browser might see in the file, it must not act on it."""


def picture(muster: Muster, sha256: str) -> ResponseReturnValue:
    """One picture; 404 for who is not logged in or not employed, as for what there is not."""
    who = session.get("who")
    if who is None:
        return Response(status=404)
    with muster.database.reading() as opened:
        if staff.find_employee(opened, who, at=muster.clock.now()) is None:
            return Response(status=404)
        found = opened.get(LessonPicture, sha256)
        if found is None:
            return Response(status=404)
        response = Response(found.content, mimetype=found.media_type)
    response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}, immutable"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Content-Disposition"] = "inline"
    return response
