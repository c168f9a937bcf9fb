"""The registry of the checks, and how they are made: all at once, told in order, within a bounded time."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from textwrap import indent

from bot.doctor import machine, parts, platform, texting, trail
from bot.doctor.base import Check, Checkup, Finding, Outcome, blocked, failed
from bot.policy import load_policy
from bot.texts import Texts
from config.settings import Problem, SettingsError, examine_settings
from models.policy import Policy

DEADLINE_SECONDS = 18.0
"""How long all checks together may take; whatever has not answered by then is a fault."""
POLICY = "policy"
"""Stands among the settings for policy.toml."""

_CORP = ("wecom_corp_id", "wecom_agent_id", "wecom_secret", "wecom_api_base")
_SMS = ("sms_provider", "sms_key_id", "sms_key_secret", "sms_sign", "sms_template", "sms_api_base")
_OFFICIAL = ("official_app_id", "official_secret", "official_token", "official_api_base")

CHECKS: Sequence[Check] = (
    Check("settings", machine.check_settings),
    Check("keys", machine.check_keys, ("mode",)),
    Check("database", parts.check_database, ("database_url",)),
    Check("migrations", parts.check_migrations, after=("database",)),
    Check("field_keys", trail.check_field_keys, ("field_keys",), after=("migrations",)),
    Check("audit", trail.check_audit, ("mode", "sandbox_url"), after=("migrations",)),
    Check("admin", parts.check_admin, ("mode", "field_keys", "hash_key"), after=("database", "migrations")),
    Check("second_factor", parts.check_second_factor, (POLICY,), after=("migrations",)),
    Check("licence", parts.check_licence, (POLICY,), after=("migrations",)),
    Check("files", parts.check_files, ("files_url",)),
    Check("redis", parts.check_redis, ("redis_url",)),
    Check("workers", parts.check_workers, after=("redis",)),
    Check("scheduler", parts.check_scheduler, after=("redis",)),
    Check("clock", machine.check_clock, ("mode", "wecom_api_base", "sandbox_url", POLICY)),
    Check("calendar", machine.check_calendar, (POLICY,)),
    Check("disk", machine.check_disk, (POLICY,)),
    Check(
        "callback",
        platform.check_callback,
        ("public_url", "bind", "wecom_corp_id", "wecom_token", "wecom_encoding_aes_key", "wecom_api_base"),
    ),
    Check("token", platform.check_token, _CORP),
    Check("ip", platform.check_ip, after=("token",)),
    Check("app", platform.check_app, after=("token", "ip")),
    Check("menu", platform.check_menu, ("public_url",), after=("token", "ip", "app")),
    Check("official_token", platform.check_official_token, _OFFICIAL),
    Check("official_templates", platform.check_official_templates, (POLICY,), after=("official_token",)),
    Check("official_menu", platform.check_official_menu, ("public_url",), after=("official_token",)),
    Check("contacts", platform.check_contacts, ("wecom_corp_id", "wecom_contacts_secret", "wecom_api_base")),
    Check("sync", parts.check_sync, (POLICY,), after=("database", "migrations")),
    Check("sms", texting.check_sms, _SMS),
    Check("email", texting.check_email, ("smtp_url",)),
    Check("interview", texting.check_interview, (POLICY,)),
)


def diagnose(say: Callable[[str], object]) -> bool:
    """Examine the installation of the environment and say each finding; returns whether there is no fault."""
    settings, problems = examine_settings()
    policy, broken = _policy()
    checkup = Checkup(settings, [*problems, *broken], policy)
    texts = Texts()
    faults = 0
    try:
        for name, finding in examine(checkup):
            faults += finding.outcome is Outcome.FAILED
            say(checkup.hide_secrets(line(texts, name, finding)))
    finally:
        checkup.close()
    say(texts.render("doctor/summary", {"faults": faults}))
    return not faults


def line(texts: Texts, name: str, finding: Finding) -> str:
    """What is printed for a finding; further lines are indented."""
    label = texts.render("doctor/label", {"name": name})
    values = dict(finding.values)
    if finding.blocked_by:
        values["by"] = texts.render("doctor/label", {"name": finding.blocked_by})
    first, _, rest = texts.render(finding.block, values).partition("\n")
    told = f"{finding.outcome} {label}：{first}"
    return f"{told}\n{indent(rest, '    ')}" if rest else told


def examine(
    checkup: Checkup, checks: Sequence[Check] = CHECKS, seconds: float = DEADLINE_SECONDS
) -> Iterator[tuple[str, Finding]]:
    """Make all checks at once and yield the findings in the order of the registry."""
    until = time.monotonic() + seconds
    examination = _Examination(checkup, checks)
    for check in checks:
        threading.Thread(target=examination.make, args=(check,), name=check.name, daemon=True).start()
    for check in checks:
        found = examination.wait_for(check.name, max(until - time.monotonic(), 0.0))
        yield check.name, found or examination.overdue(check, seconds)


class _Examination:
    """One round: each check waits for those it builds upon."""

    def __init__(self, checkup: Checkup, checks: Sequence[Check]) -> None:
        self._checkup = checkup
        self._done = {check.name: threading.Event() for check in checks}
        self._findings: dict[str, Finding] = {}

    def make(self, check: Check) -> None:
        """Make one check."""
        self._findings[check.name] = self._blocked(check) or self._look(check)
        self._done[check.name].set()

    def wait_for(self, name: str, seconds: float | None = None) -> Finding | None:
        """The finding of a check; None if there is none in time."""
        self._done[name].wait(seconds)
        return self._findings.get(name)

    def overdue(self, check: Check, seconds: float) -> Finding:
        """For a check that is not done in time: it hangs, or it waits for one that does."""
        late = [name for name in check.after if name not in self._findings]
        return blocked(late[0]) if late else failed("doctor/timed_out", seconds=round(seconds))

    def _blocked(self, check: Check) -> Finding | None:
        if {problem.name for problem in self._checkup.problems} & set(check.settings):
            return blocked("settings")
        for name in check.after:
            before = self.wait_for(name)
            assert before is not None
            if before.outcome is Outcome.FAILED:
                return blocked(name)
            if before.blocked_by and before.blocked_by != check.name:
                return blocked(before.blocked_by)
        return None

    def _look(self, check: Check) -> Finding:
        try:
            return check.look(self._checkup)
        except Exception as bug:
            return failed("doctor/crashed", error=type(bug).__name__)


def _policy() -> tuple[Policy | None, list[Problem]]:
    try:
        return load_policy(), []
    except SettingsError as error:
        return None, [Problem(POLICY, str(error))]
