"""Building the typed policy from policy.toml."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import chinese_calendar
import structlog
from pydantic import TypeAdapter, ValidationError

from config.settings import SettingsError
from models import recruiting
from models.calendar import WorkCalendar
from models.contact import contradictions
from models.flows import Flow
from models.notice_policy import NoticeTexts
from models.notices.rules import unknown_fields
from models.policy import Policy, Rights
from models.rule_packs import RulePack
from models.wording import MalformedPhrase, lexicon_of
from models.wording_policy import WordingPolicy

log = structlog.get_logger("policy")

T = TypeVar("T")

POLICY_FILE = Path(__file__).parent.parent / "config" / "policy.toml"
RIGHTS_FILE = Path(__file__).parent.parent / "config" / "rights.toml"
PACKS_FOLDER = Path(__file__).parent.parent / "config" / "rule_packs"
FLOWS_FOLDER = Path(__file__).parent.parent / "config" / "flows"
NOTICES_FILE = Path(__file__).parent.parent / "config" / "notices.toml"
SANDBOX_INTERVIEW = "https://interview.example/{number}"
WORDING_FILE = Path(__file__).parent.parent / "config" / "wording.toml"


def load_policy(path: Path = POLICY_FILE, rights: Path = RIGHTS_FILE, packs: Path = PACKS_FOLDER) -> Policy:
    """The policy values of the file, and the rights and rule packs of theirs.

    Raises:
        SettingsError: a file cannot be read or a value does not fit; the line says which.
    """

    def read() -> Policy:
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
        values: dict[str, dict[str, Any]] = {
            section: {name: entry["value"] for name, entry in entries.items()}
            for section, entries in sections.items()
        }
        more = {
            "rights": load_rights(rights),
            "packs": load_packs(packs),
            "flows": load_flows(),
            "wording": load_wording(),
            "notice_texts": load_notices(),
        }
        return TypeAdapter(Policy).validate_python({**values, **more})

    found = _checked(path, read)
    if found.contact.default_pack not in found.packs:
        raise SettingsError(f"策略文件 {path.name} 里的 contact.default_pack 不对：没有这个规则包")
    return found


def in_sandbox(policy: Policy) -> Policy:
    """The policy of a demo: without an interview system, an address that shows what links look like."""
    if policy.recruiting.interview_address:
        return policy
    return replace(policy, recruiting=replace(policy.recruiting, interview_address=SANDBOX_INTERVIEW))


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


def load_packs(folder: Path = PACKS_FOLDER) -> Mapping[str, RulePack]:
    """The rule packs by their names.

    Raises:
        SettingsError: a file cannot be read, or a pack does not do what one of its examples says.
    """
    packs: dict[str, RulePack] = {}
    for path in sorted(folder.glob("*.toml")):

        def read(path: Path = path) -> RulePack:
            return TypeAdapter(RulePack).validate_python(tomllib.loads(path.read_text(encoding="utf-8")))

        pack = _checked(path, read)
        if pack.name != path.stem:
            raise SettingsError(f"规则包 {path.name} 里的 name 要和文件名一样")
        for version in pack.versions:
            for example in version.examples:
                wrong, day = contradictions(example, pack), example.at.date()
                if wrong or day < version.valid_from or pack.on(day) is not version:
                    said = "；".join(wrong) or "不在这个版本的日子里"
                    raise SettingsError(
                        f"规则包 {path.name} {version.version} 的例子「{example.says}」对不上：{said}"
                    )
        packs[pack.name] = pack
    return packs


def load_flows(folder: Path = FLOWS_FOLDER) -> Mapping[str, Flow]:
    """The flows of hiring by their names.

    Raises:
        SettingsError: a file cannot be read, a flow does not do what one of its examples says, or not
            exactly one flow serves every job that no other one does.
    """
    flows: dict[str, Flow] = {}
    for path in sorted(folder.glob("*.toml")):

        def read(path: Path = path) -> Flow:
            return TypeAdapter(Flow).validate_python(tomllib.loads(path.read_text(encoding="utf-8")))

        flow = _checked(path, read)
        if flow.name != path.stem:
            raise SettingsError(f"招聘流程 {path.name} 里的 name 要和文件名一样")
        for version in flow.versions:
            for example in version.examples:
                wrong = recruiting.contradictions(example, version)
                if wrong:
                    said = "；".join(wrong)
                    raise SettingsError(
                        f"招聘流程 {path.name} {version.version} 的例子「{example.says}」对不上：{said}"
                    )
        flows[flow.name] = flow
    if sum(not flow.jobs for flow in flows.values()) != 1:
        raise SettingsError(f"{folder} 里要正好有一个不写 jobs 的招聘流程，给其余的岗位用")
    return flows


def load_notices(path: Path = NOTICES_FILE) -> NoticeTexts:
    """What candidates are told.

    Raises:
        SettingsError: the file cannot be read, or a template names a value that nobody fills in.
    """
    found = _checked(
        path,
        lambda: TypeAdapter(NoticeTexts).validate_python(tomllib.loads(path.read_text(encoding="utf-8"))),
    )
    for code, template in found.templates.items():
        if unknown := unknown_fields(template.words, found):
            names = "、".join(unknown)
            raise SettingsError(f"策略文件 {path.name} 里的 templates.{code} 用了没有的内容：{names}")
    return found


def load_wording(path: Path = WORDING_FILE) -> WordingPolicy:
    """What must not be said.

    Raises:
        SettingsError: the file cannot be read, or a phrase or pattern in it cannot be understood.
    """

    def read() -> WordingPolicy:
        found = TypeAdapter(WordingPolicy).validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
        lexicon_of(found)
        return found

    return _checked(path, read)


def _checked(path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"策略文件 {path.name} 读不了：{error}") from None
    except ValidationError as invalid:
        first = invalid.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"策略文件 {path.name} 里的 {where} 不对：{first['msg']}") from None
    except (MalformedPhrase, re.error) as error:
        raise SettingsError(f"策略文件 {path.name} 里有看不懂的写法：{error}") from None


def work_calendar(policy: Policy, *, warns: bool = True) -> WorkCalendar:
    """The calendar of the policy over the published one; it warns once of each year that is not published."""
    warned: set[int] = set()

    def published(day: date) -> bool:
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            if warns and day.year not in warned:
                warned.add(day.year)
                log.warning("calendar_not_published", year=day.year)
            raise

    def holiday(day: date) -> bool:
        if day in policy.calendar.holidays:
            return True
        try:
            off, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            return False
        return bool(off and name)  # a make-up workday has a name, too

    return WorkCalendar(
        published=published,
        is_holiday=holiday,
        workdays=policy.calendar.workdays,
        rest_days=policy.calendar.rest_days,
        holidays=policy.calendar.holidays,
    )
