"""Moving the clock in sandbox mode: the sandbox's over HTTP, or without one the offset in the database."""

import json
import urllib.request
from datetime import datetime, timedelta

from bot.clock import SystemClock
from bot.database import Database
from config.settings import Settings, SettingsError
from models import planning


def move_to(settings: Settings, moment: datetime) -> None:
    """Set the clock to a moment."""
    if settings.sandbox_url:
        _ask(settings, "PUT", "/control/clock", {"now": moment.isoformat()})
        return
    _keep(settings, (moment - SystemClock().now()).total_seconds())


def advance_by(settings: Settings, duration: timedelta) -> None:
    """Put the clock forward."""
    if settings.sandbox_url:
        _ask(settings, "POST", "/control/clock/advance", {"seconds": duration.total_seconds()})
        return
    database = Database(settings.database)
    with database.reading() as session:
        offset = planning.clock_offset(session)
    _keep(settings, offset + duration.total_seconds())


def reset(settings: Settings) -> None:
    """Back to the machine's time."""
    if settings.sandbox_url:
        _ask(settings, "POST", "/control/clock/reset", {})
        return
    _keep(settings, 0.0)


def _keep(settings: Settings, seconds: float) -> None:
    with Database(settings.database).writing() as session:
        planning.move_clock(session, seconds=seconds)


def _ask(settings: Settings, method: str, path: str, body: dict[str, object]) -> None:
    request = urllib.request.Request(  # noqa: S310
        settings.sandbox_url + path,
        data=json.dumps(body).encode(),
        method=method,
        headers={"Content-Type": "application/json"},
    )
    try:
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310
    except OSError as error:
        raise SettingsError(f"沙箱 {settings.sandbox_url} 没有答应拨钟：{error}") from None
