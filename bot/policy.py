"""Building the typed policy from policy.toml."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import chinese_calendar
import structlog
from pydantic import TypeAdapter, ValidationError

from config.settings import SettingsError
from models.calendar import WorkCalendar
from models.policy import Policy

log = structlog.get_logger("policy")

POLICY_FILE = Path(__file__).parent.parent / "config" / "policy.toml"


def load_policy(path: Path = POLICY_FILE) -> Policy:
    """The policy values of the file.

    Raises:
        SettingsError: the file cannot be read or a value does not fit; the line says which.
    """
    try:
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
        values: dict[str, dict[str, Any]] = {
            section: {name: entry["value"] for name, entry in entries.items()}
            for section, entries in sections.items()
        }
        return TypeAdapter(Policy).validate_python(values)
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
