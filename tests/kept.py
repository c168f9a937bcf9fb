"""What costs much to make and is the same for every test of a worker: made once, by the real code."""

from typing import Any

from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

from bot.app import Muster
from bot.database import is_sqlite, open_engine
from bot.web import create_app

OF_ONE_TEST = {"database_url", "data_dir", "field_keys", "hash_key", "audit_key"}
"""The settings in which one test's installation differs from the next one's without the pages noticing."""


class Engines:
    """One engine for all SQLite files, one for PostgreSQL, so that each statement is compiled once.

    Every test has connections of its own: they are closed with its bot.
    """

    def __init__(self) -> None:
        self._path = ""
        self._kept: dict[str, Engine] = {}

    def at(self, url: str) -> Engine:
        """The engine, connecting to this database from now on."""
        if not is_sqlite(url):
            return self._engine(url, url)
        self._path = make_url(url).database or ""
        return self._engine("sqlite", url)

    def _engine(self, name: str, url: str) -> Engine:
        if name not in self._kept:
            engine = open_engine(url)
            engine.update_execution_options(compiled_cache={})
            if is_sqlite(url):
                event.listen(engine, "do_connect", self._to_the_file)
                event.listen(engine, "connect", _hasten)
            self._kept[name] = engine
        return self._kept[name]

    def _to_the_file(self, _dialect: object, _record: object, given: list[Any], _named: object) -> None:
        given[0] = self._path


def _hasten(connection: Any, _record: object) -> None:
    """No test pulls the plug here: nothing waits for the disk."""
    connection.execute("PRAGMA synchronous=OFF")


class Webs:
    """One web application for each way of configuring it, before whichever bot is under test."""

    def __init__(self) -> None:
        self._kept: list[tuple[dict[str, Any], Flask, Behind]] = []

    def before(self, muster: Muster) -> Flask:
        """The web application, before this bot from now on."""
        configured = _configured(muster)
        for known, app, behind in self._kept:
            if known == configured:
                behind.muster = muster
                return app
        behind = Behind(muster)
        app = create_app(behind)  # type: ignore[arg-type]
        self._kept.append((configured, app, behind))
        return app


class Behind:
    """The bot behind a web application."""

    def __init__(self, muster: Muster) -> None:
        self.muster = muster

    def __getattr__(self, name: str) -> Any:
        return getattr(self.muster, name)


def _configured(muster: Muster) -> dict[str, Any]:
    settings = muster.settings.model_dump(exclude=OF_ONE_TEST)
    return {**settings, "pages": muster.router.pages, "endpoints": muster.router.endpoints}
