"""Checks of the installation itself: settings, keys, clock and disk."""

import json
import shutil
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import urllib3

from bot.doctor.base import Checkup, Finding, failed, not_applicable, ok
from bot.policy import work_calendar
from config.settings import ENV_FILE, PREFIX

KEYS = ("field_keys", "hash_key", "audit_key")
SHORTEST_SECRET_KEY = 32
"""Characters of a secret key: fewer can be guessed."""
OTHERS = stat.S_IRWXO


def check_settings(checkup: Checkup) -> Finding:
    """Every setting is there and well-formed; keys are the next check's affair."""
    lines = [problem.line for problem in checkup.problems if problem.name not in ("secret_key", *KEYS)]
    if lines:
        return failed("doctor/settings_wrong", lines=lines)
    return ok("doctor/settings_right", mode=checkup.settings.mode)


def check_keys(checkup: Checkup) -> Finding:
    """Keys have their form, and only we can read the files with secrets and data."""
    settings = checkup.settings
    problems: list[tuple[str, str]] = []
    secret_key = settings.secret_key.get_secret_value()
    if not secret_key:
        problems.append(("secret_key_missing", ""))
    elif len(secret_key) < SHORTEST_SECRET_KEY:
        problems.append(("secret_key_short", ""))
    for problem in checkup.problems:
        if problem.name in KEYS:
            kind = "key_missing" if problem.missing else "key_malformed"
            problems.append((kind, f"{PREFIX}{problem.name.upper()}"))
    problems += _open_files(settings.data_dir)
    if problems:
        return failed("doctor/keys_wrong", problems=problems)
    return ok("doctor/keys_right")


def _open_files(data_dir: Path) -> Iterator[tuple[str, str]]:
    if _open_to_others(ENV_FILE):
        yield "env_file_open", str(ENV_FILE)
    if _open_to_others(data_dir):
        yield "data_dir_open", str(data_dir)


def _open_to_others(path: Path) -> bool:
    """Whether other users of the machine get at it: it lets them, and so does every folder above it."""
    if not path.exists():
        return False
    above = path.resolve().parents
    return bool(path.stat().st_mode & OTHERS) and all(p.stat().st_mode & stat.S_IXOTH for p in above)


def check_clock(checkup: Checkup) -> Finding:
    """The machine's time is the platform's; in sandbox mode the time that counts is the sandbox's."""
    settings, now = checkup.settings, checkup.clock.now
    if settings.sandbox:
        return _sandbox_clock(checkup)
    assert checkup.policy is not None
    asked_at = now()
    try:
        answer = checkup.web.request("GET", f"{settings.wecom_api_base}/cgi-bin/getcallbackip")
    except urllib3.exceptions.HTTPError:
        return not_applicable("doctor/clock_unknown")
    here = asked_at + (now() - asked_at) / 2
    told = answer.headers.get("Date")
    if told is None:
        return not_applicable("doctor/clock_unknown")
    drift = (here - parsedate_to_datetime(told)).total_seconds()
    if abs(drift) > checkup.policy.doctor.drift_seconds:
        return failed("doctor/clock_drifts", seconds=round(abs(drift)), fast=drift > 0)
    return ok("doctor/clock_right", seconds=round(abs(drift)))


def _sandbox_clock(checkup: Checkup) -> Finding:
    url = checkup.settings.sandbox_url
    if not url:
        return not_applicable("doctor/clock_movable")
    try:
        told = json.loads(checkup.web.request("GET", f"{url}/control/clock").data)
        moment = datetime.fromisoformat(told["now"])
    except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError):
        return failed("doctor/sandbox_unreachable", url=url)
    moved = abs(moment - checkup.clock.now()) > timedelta(seconds=2)
    return ok("doctor/clock_of_sandbox", moment=moment, moved=moved)


def check_calendar(checkup: Checkup) -> Finding:
    """The holidays of this year, and late in the year of the next, are known (domain.md 6.1)."""
    assert checkup.policy is not None
    today = checkup.now().date()
    ahead = f"{today:%m-%d}" >= checkup.policy.calendar.nag_from
    last = today.replace(year=today.year + ahead, day=1)
    year = work_calendar(checkup.policy, warns=False).unpublished(today, last)
    if year is not None:
        return not_applicable("doctor/calendar_missing", year=year)
    return ok("doctor/calendar_known", year=last.year)


def check_disk(checkup: Checkup) -> Finding:
    """There is room where the data is kept."""
    assert checkup.policy is not None
    folder = checkup.settings.data_dir.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 1_000_000
    least = checkup.policy.doctor.free_megabytes
    if free < least:
        return failed("doctor/disk_full", free=free, least=least, folder=str(folder))
    return ok("doctor/disk_free", free=free)
