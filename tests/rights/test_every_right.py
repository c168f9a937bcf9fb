"""Every role × action × distance of config/rights.toml, allowed and refused, by chat and by API alike.

The cases are made from the policy file: what stands there is what is tested.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from bot.app import Muster, build
from bot.database import Database
from bot.miniapp import Tokens
from bot.policy import load_rights
from bot.web import create_app
from config.settings import load_settings
from models import attendance
from models.audit import AuditEvent, AuditOutcome
from models.base import Base
from models.messaging import Channel, InboundMessage, Outcome
from models.staff import Employee, Role
from tests import tencent
from tests.rights.asking import HOW, Ask
from tests.rights.organisation import REACHES, Distance, Target, build_organisation
from tests.simulator import InlineWakeups, Member, Messenger, TestClock

ACTOR = "asker"
RIGHTS = load_rights()
ROLES = [role for role in Role if role is not Role.CANDIDATE]
KEPT_APART = {403, 404}
"""Not permitted at all; not permitted for this one, which looks like not there."""


@dataclass
class Scene:
    """The organisation with somebody of one role in it."""

    muster: Muster
    member: Member
    client: FlaskClient
    targets: Mapping[Distance, Target]

    def says(self, words: str) -> tuple[bool, str]:
        """(whether it was refused, what was answered) when the asker types it."""
        self.forget()
        self.breathe()
        self.member.says(words)
        with self.muster.database.reading() as session:
            outcome = session.scalars(select(InboundMessage.outcome)).one()
        answer = "\n".join(str(parcel.payload) for parcel in self.member.news())
        return outcome == Outcome.REFUSED, answer

    def calls(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, str]:
        """(status, what was answered) when the asker's page calls the API."""
        self.breathe()
        token = Tokens(self.muster).issue(ACTOR)
        told = self.client.open(
            f"/api/v1{path}",
            method=method,
            json=body,
            headers={"Authorization": f"Bearer {token}"},
        )
        self.member.news()
        return told.status_code, told.get_data(as_text=True)

    def refusals(self) -> int:
        """Rows of the evidence trail that say no."""
        with self.muster.database.reading() as session:
            refused = select(func.count()).where(AuditEvent.outcome == AuditOutcome.REFUSED)
            return int(session.scalars(refused).one())

    def breathe(self) -> None:
        """Some seconds pass, so that nobody gets more answers in a minute than the platform lets through."""
        clock = self.member.clock
        clock.at(f"{clock.now() + timedelta(seconds=10):%H:%M:%S}")

    def forget(self) -> None:
        """What was asked before plays no part."""
        with self.muster.database.writing() as session:
            for table in (InboundMessage, attendance.CheckIn):
                for row in session.scalars(select(table)).all():
                    session.delete(row)


def empty(url: str) -> None:
    """Take everything out of a database of PostgreSQL."""
    database = Database(url)
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with database.writing() as session:
        session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    database.close()


def scene(folder: Path, template: Path, redis_url: str, role: Role, url: str = "") -> Scene:
    """The whole bot over a database of its own, or over an emptied one."""
    if url:
        empty(url)
    else:
        shutil.copy(template, folder / "muster.db")
        url = f"sqlite:///{folder / 'muster.db'}"
    settings = load_settings(
        _env_file=None,
        mode="sandbox",
        data_dir=folder,
        database_url=url,
        redis_url=redis_url,
        maintainers="nobody",
        **tencent.SETTINGS,
    )
    clock, messenger, wakeups = TestClock(), Messenger(), InlineWakeups()
    muster = build(
        settings,
        clock=clock,
        messengers={Channel.WECOM: messenger, Channel.OFFICIAL: messenger},
        wakeups=wakeups,
    )
    wakeups.muster = clock.muster = muster
    targets = build_organisation(muster, role, ACTOR)
    with muster.database.writing() as session:
        nine = attendance.add_shift(
            session, name="早班", starts_at=clock.now().time(), ends_at=clock.now().replace(hour=18).time()
        )
        for person in session.scalars(select(Employee)).all():
            attendance.assign_shift(session, employee=person, shift=nine)
    client = create_app(muster).test_client()
    return Scene(muster, Member(ACTOR, client, messenger, clock), client, targets)


@pytest.fixture(
    scope="module",
    params=[*((role, "sqlite") for role in ROLES), (Role.SUPERVISOR, "postgresql")],
    ids=lambda one: f"{one[0]}-{one[1]}",
)
def asked(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    redis_url: str,
) -> Iterator[tuple[Role, Scene]]:
    """A role, and the scene with somebody who holds it: one organisation for all its questions."""
    role, kind = request.param
    url = str(request.getfixturevalue("postgresql_url")) if kind == "postgresql" else ""
    made = scene(tmp_path_factory.mktemp(role), sqlite_template, redis_url, role, url)
    yield role, made
    made.muster.close()


def allowed(role: Role, action: str, ask: Ask, distance: Distance) -> bool:
    """What the policy file says."""
    scope = RIGHTS.scope(role, action)
    if scope is None:
        return False
    reaches = REACHES[scope]
    return distance in reaches - ask.but_not and not (ask.units and len(reaches) == 1)


def distances(ask: Ask) -> list[Distance]:
    return [Distance.OWN] if ask.own else list(Distance)


def filled(pattern: str, target: Target) -> str:
    return pattern.format(**asdict(target))


def body_of(ask: Ask, target: Target) -> dict[str, Any] | None:
    if ask.body is None:
        return None
    told = {name: filled(v, target) if isinstance(v, str) else v for name, v in ask.body.items()}
    return {name: int(v) if isinstance(v, str) and v.isdecimal() else v for name, v in told.items()}


def test_the_table_tells_how_every_action_is_asked() -> None:
    assert set(HOW) == set(RIGHTS.actions)


@pytest.mark.parametrize("action", HOW)
def test_a_role_may_do_in_the_chat_what_the_file_says_and_no_more(
    asked: tuple[Role, Scene], action: str
) -> None:
    role, scene = asked
    ask = HOW[action]
    for distance in distances(ask):
        target = scene.targets[distance]
        scene.forget()
        if ask.before:
            ask.before(scene.muster, target)
        refusals = scene.refusals()
        expected = allowed(role, action, ask, distance)

        refused, answer = scene.says(filled(ask.chat, target))

        where = f"{role} {action} {distance}: {answer}"
        if ask.listed and RIGHTS.scope(role, action) is not None:
            assert not refused, where
            assert (target.name in answer) == expected, where
        else:
            assert refused != expected, where
            assert scene.refusals() - refusals == (not expected), where


@pytest.mark.parametrize("action", HOW)
def test_a_role_may_do_by_the_api_what_the_file_says_and_no_more(
    asked: tuple[Role, Scene], action: str
) -> None:
    role, scene = asked
    ask = HOW[action]
    for distance in distances(ask):
        target = scene.targets[distance]
        scene.forget()
        if ask.before:
            ask.before(scene.muster, target)
        refusals = scene.refusals()
        expected = allowed(role, action, ask, distance)
        method, path = ask.api

        status, answer = scene.calls(method, filled(path, target), body_of(ask, target))

        where = f"{role} {action} {distance}: {status} {answer}"
        if ask.listed and RIGHTS.scope(role, action) is not None:
            assert status == 200, where
            assert (target.name in answer) == expected, where
        else:
            assert (status in KEPT_APART) != expected, where
            assert expected or status in KEPT_APART, where
            assert not expected or status < 300, where
            assert scene.refusals() - refusals == (not expected), where


@pytest.mark.parametrize(
    "words",
    [
        "找人 {}",
        "电话 {}",
        "名单 {}",
        "组织 {}",
        "导出名单 {}",
        "入职 newbie 新来 催收员 {}",
        "入职进度 {}",
        "撤销入职 {}",
        "调动 {} 到 城西分公司 客服",
        "调动 asker 到 {} 客服",
        "撤销调动 {}",
        "离职 {} 3月31日 薪资",
        "撤销离职 {}",
        "离职进度 {}",
        "离职办结 {}",
        "请假 {} 3月9日 到 3月13日 给 asker",
        "请假 asker 3月9日 到 3月13日 给 {}",
        "销假 {}",
        "交接 {}",
        "离职率 {}",
        "材料 {}",
        "健康证明 通过 {}",
    ],
)
@pytest.mark.parametrize("role", [Role.TEAM_LEADER, Role.SUPERVISOR, Role.HR_CITY])
def test_in_the_chat_out_of_reach_looks_like_nobody(
    tmp_path: Path, sqlite_template: Path, redis_url: str, role: Role, words: str
) -> None:
    made = scene(tmp_path, sqlite_template, redis_url, role)
    about_units = words.startswith(("名单", "组织", "导出", "入职 ", "调动 asker", "离职率"))
    target = made.targets[Distance.ELSEWHERE]
    elsewhere, nowhere = (target.unit, "月球组") if about_units else (target.account, "nobody")

    there = made.says(words.format(elsewhere))
    nobody = made.says(words.format(nowhere))

    assert there == (True, nobody[1].replace(nowhere, elsewhere))
    made.muster.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/people/{}"),
        ("POST", "/people/{}/phone"),
        ("GET", "/people?q={}"),
        ("GET", "/units/{}/people"),
        ("GET", "/people/{}/joining"),
        ("DELETE", "/people/{}/joining"),
        ("DELETE", "/people/{}/transfer"),
        ("GET", "/people/{}/separation"),
        ("DELETE", "/people/{}/separation"),
        ("POST", "/people/{}/separation/close"),
        ("DELETE", "/people/{}/leave"),
        ("GET", "/people/{}/handover"),
        ("GET", "/people/{}/files"),
        ("GET", "/candidates/{}"),
        ("GET", "/candidates/{}/contact"),
        ("DELETE", "/candidates/{}/admission"),
        ("DELETE", "/candidates/{}/merge"),
        ("POST", "/candidates/{}/binding-code"),
        ("GET", "/candidates/{}/files"),
    ],
)
def test_by_the_api_out_of_reach_looks_like_nobody(
    tmp_path: Path, sqlite_template: Path, redis_url: str, method: str, path: str
) -> None:
    role = Role.SUPERVISOR if "phone" in path else Role.HR_CITY
    made = scene(tmp_path, sqlite_template, redis_url, role)
    target = made.targets[Distance.ELSEWHERE]
    elsewhere, nowhere = target.account, "nosuchaccount"
    if "units" in path:
        elsewhere, nowhere = str(target.unit_id), "999"
    if "candidates" in path:
        elsewhere, nowhere = str(target.candidate_id), "999"

    there = made.calls(method, path.format(elsewhere), None)
    status, told = made.calls(method, path.format(nowhere), None)

    assert status == (200 if "?" in path else 404)
    assert there == (status, told.replace(nowhere, elsewhere))
    made.muster.close()
