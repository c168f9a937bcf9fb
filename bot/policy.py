"""Building the typed policy from policy.toml."""

import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import chinese_calendar
import structlog
from pydantic import TypeAdapter, ValidationError

from config.settings import SettingsError
from models.calendar import WorkCalendar
from models.policy import Policy, Rights

log = structlog.get_logger("policy")

T = TypeVar("T")

POLICY_FILE = Path(__file__).parent.parent / "config" / "policy.toml"
RIGHTS_FILE = Path(__file__).parent.parent / "config" / "rights.toml"


def load_policy(path: Path = POLICY_FILE, rights: Path = RIGHTS_FILE) -> Policy:
    """The policy values of the file, and the rights of theirs.

    Raises:
        SettingsError: a file cannot be read or a value does not fit; the line says which.
    """

    def read() -> Policy:
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
        values: dict[str, dict[str, Any]] = {
            section: {name: entry["value"] for name, entry in entries.items()}
            for section, entries in sections.items()
        }
        return TypeAdapter(Policy).validate_python({**values, "rights": load_rights(rights)})

    return _checked(path, read)


def load_rights(path: Path = RIGHTS_FILE) -> Rights:
    """Who may do what, and how far.

    Raises:
        SettingsError: the file cannot be read, or it grants an action that it does not name.
    """

    def read() -> Rights:
        return TypeAdapter(Rights).validate_python(tomllib.loads(path.read_text(encoding="utf-8")))

    found = _checked(path, read)
    for role, granted in found.roles.items():
        unknown = (granted.own | granted.team | granted.subtree | granted.all) - found.actions.keys()
        if unknown:
            names = "、".join(sorted(unknown))
            raise SettingsError(f"权限文件 {path.name} 里 roles.{role} 写了没有的动作：{names}")
    return found


def _checked(path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"策略文件 {path.name} 读不了：{error}") from None
    except ValidationError as invalid:
        first = invalid.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"策略文件 {path.name} 里的 {where} 不对：{first['msg']}") from None


def work_calendar(policy: Policy) -> WorkCalendar:
    """The calendar of the policy over the published one."""
    warned: set[int] = set()

    def published(day: date) -> bool:
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            if day.year not in warned:
                warned.add(day.year)
                log.warning("calendar_not_published", year=day.year)
            raise

    return WorkCalendar(
        published=published,
        workdays=policy.calendar.workdays,
        rest_days=policy.calendar.rest_days,
    )
