"""The Flask application: callbacks, pages, JSON API, and what monitors ask for."""

import shutil
from datetime import timedelta
from pathlib import Path

import structlog
from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import text as sql
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from bot.app import Muster
from bot.callbacks import MAX_BODY, callbacks
from bot.hooks import hooks
from bot.metrics import metrics
from bot.migrations import at_head
from bot.miniapp import LOGIN_HOURS, api, pages

FULL_BYTES = 16 * 1024 * 1024
"""With less room than this on the disk of the data, messages are about to be refused."""

log = structlog.get_logger("web")


def create_app(muster: Muster) -> Flask:
    """The WSGI application over the parts."""
    app = Flask("muster", static_folder=None)
    app.config.update(
        SECRET_KEY=muster.settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=MAX_BODY,
        SESSION_COOKIE_NAME="muster",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=muster.settings.public_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=LOGIN_HOURS),
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    for blueprint in (callbacks(muster), hooks(muster), pages(muster), api(muster)):
        app.register_blueprint(blueprint)

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify(status="ok")

    @app.get("/readyz")
    def readyz() -> ResponseReturnValue:
        checks = {
            "database": _database(muster),
            "disk": _disk(muster),
            "queue": _queue(muster),
            "migrations": _migrations(muster),
        }
        return jsonify(checks), 200 if all(checks.values()) else 503

    @app.get("/metrics")
    def prometheus() -> ResponseReturnValue:
        return Response(metrics(muster), mimetype="text/plain; version=0.0.4")

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        return response

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        block = "not_found" if status == 404 else "invalid_call" if status < 500 else "unavailable"
        text = muster.texts.render(f"common/{block}", {})
        if request.path.startswith("/api/"):
            return jsonify(error={"code": block, "message": text}), status
        return Response(text, status, mimetype="text/plain")

    return app


def _database(muster: Muster) -> bool:
    try:
        with muster.database.reading() as session:
            session.execute(sql("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _disk(muster: Muster) -> bool:
    """Whether there is room for the database, where it is a file of ours."""
    if not muster.database.sqlite:
        return True
    folder = Path(str(make_url(muster.database.url).database)).parent
    return shutil.disk_usage(folder).free > FULL_BYTES


def _queue(muster: Muster) -> bool:
    try:
        return bool(muster.store.ping())
    except Exception:
        return False


def _migrations(muster: Muster) -> bool:
    try:
        return at_head(muster.database)
    except SQLAlchemyError:
        return False
