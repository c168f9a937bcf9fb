"""A whole day of the sample company, with everything anybody can ask: no output holds a full value.

Outputs are messages and cards, the cells of files, answers of the API, pages, logs and what the command
line prints. The values that are shown on purpose are counted, and each has its row of evidence.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import structlog
from click.testing import CliRunner
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from bot.app import Muster
from bot.cli import main
from bot.demo import company
from bot.demo.identities import identities
from bot.logs import configure_logs, mask, mask_values
from bot.miniapp import Tokens
from config.settings import as_environment
from handlers.base import Audience
from models import messaging, staff
from models.audit import AuditEvent
from models.messaging import InboundMessage, OutboundMessage
from models.staff import Role
from tests.simulator import Follower, Member, Messenger, TestClock, rows

PEOPLE = company.employees()
IDENTITIES = dict(zip((p.userid for p in PEOPLE), identities([p.userid for p in PEOPLE]), strict=True))
SECRETS = {value for one in IDENTITIES.values() for value in (one.phone, one.id_number, one.address)}
WORDS_AFTER = ("", "孙丽", "sunli", "催收一组", "城东分公司", "0001", "完整 原因：抽查", "１２３４５６")
"""What people put behind a command word, sensible or not."""
SANDBOXED = {"sandbox", "up", "demo", "web", "worker", "scheduler", "migrate", "second-factor", "clock"}
"""Commands that run processes or change the installation: they print no list of people."""


@dataclass
class Day:
    """What the day has brought out, by where it came out."""

    muster: Muster
    client: FlaskClient
    messenger: Messenger
    clock: TestClock
    outputs: list[tuple[str, str]] = field(default_factory=list)

    def member(self, account: str) -> Member:
        return Member(account, self.client, self.messenger, self.clock)

    def call(self, account: str, method: str, path: str, body: Any = None) -> None:
        headers = {"Authorization": f"Bearer {Tokens(self.muster).issue(account)}"}
        told = self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        self.outputs.append((f"{method} {path} as {account}", told.get_data(as_text=True)))

    def collect(self) -> None:
        """All that left or is about to: messages, cards, and every cell of every file."""
        with self.muster.database.reading() as session:
            for message in session.scalars(select(OutboundMessage)):
                where = f"to {message.recipient} ({message.key})"
                self.outputs.append((where, str(message.payload)))
                for digest, name in _files(message.payload):
                    content = messaging.kept_content(session, digest)
                    assert content is not None
                    self.outputs.append((f"{name} {where}", name + _cells(name, content)))


def _files(payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for value in payload.values():
        if isinstance(value, Mapping):
            if "attachment" in value:
                yield str(value["attachment"]), str(value["name"])
            yield from _files(value)


def _cells(name: str, content: bytes) -> str:
    if not name.endswith(".xlsx"):
        return content.decode("utf-8", "replace")
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return "\n".join(str(book.get_sheet_by_name(sheet).to_python()) for sheet in book.sheet_names)


@pytest.fixture
def askers() -> dict[str, str]:
    """Role → the first of the sample company who holds it."""
    found: dict[str, str] = {}
    for person in PEOPLE:
        found.setdefault(person.role, person.userid)
    return found


@pytest.fixture
def day(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Day:
    """The sample company, with somebody of the roles it lacks."""
    with muster.database.writing() as session:
        company.enter(session, PEOPLE)
    return Day(muster, client, messenger, clock)


def everything_is_asked(day: Day, account: str) -> None:
    """Every command with all kinds of words behind it, every button, every endpoint, every page."""
    member, router = day.member(account), day.muster.router
    for command in router.commands_of(Audience.EMPLOYEE):
        for words in WORDS_AFTER if command.takes_args else ("",):
            member.says(f"{command.word} {words}".strip())
    for who, key in router.taps:
        if who is Audience.EMPLOYEE:
            for args in ("", ":1", ":1:1", ":sunli", ":nobody"):
                member.taps(f"{key}{args}")
    for endpoint in router.endpoints.values():
        for account_named, number in (("sunli", 1), ("nobody", 99_999)):
            path = re.sub(r"<int:\w+>", str(number), endpoint.path)
            path = re.sub(r"<\w+>", account_named, path)
            for question in ("", "?q=孙丽", "?q=sun", "?q=3757", "?page=1") if endpoint.query else ("",):
                body: dict[str, Any] | None = {}
                if endpoint.path.endswith("export"):
                    body = {"unit": number}
                day.call(
                    account, endpoint.method, path + question, None if endpoint.method == "GET" else body
                )
    for page in router.pages.values():
        with day.client.session_transaction() as browser:
            browser["who"], browser["fresh"] = account, True
        told = day.client.get(f"/app{page.path}")
        day.outputs.append((f"page {page.path} as {account}", told.get_data(as_text=True)))
    with day.client.session_transaction() as browser:
        browser.clear()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_output_of_a_whole_day_holds_a_full_value(
    day: Day, askers: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs("test")
    accounts = {person.subject: person.wecom_id for person in rows(day.muster, staff.Employee)}
    day.clock.passes_to("08:50")
    for account in askers.values():
        everything_is_asked(day, account)
        day.clock.passes_to(f"{day.clock.now() + timedelta(minutes=30):%H:%M}")
    for words in ("导出名单 催收二组 完整 原因：合规抽查", "确认"):
        day.member("heting").says(words)
    visitor = Follower("oVisitor", day.client, day.messenger, day.clock)
    visitor.follows("campus-2026")
    for command in day.muster.router.commands_of(Audience.CANDIDATE):
        visitor.says(command.word)
        visitor.says(f"{command.word} 孙丽")
    for _ in range(2):
        day.clock.passes_to(f"{day.clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M}")
    day.collect()
    for name in main.commands:
        if name not in SANDBOXED:
            told = CliRunner().invoke(main, [name], env=as_environment(day.muster.settings))
            day.outputs.append((f"muster {name}", told.output))
    logged = capfd.readouterr()
    day.outputs.append(("logs", logged.err + logged.out))

    exported = [one for one in day.outputs if one[0].startswith("含完整个人信息")]
    others = [one for one in day.outputs if one not in exported]
    shown = [(where, value) for where, text in others for value in SECRETS if value in text]

    revealed = [row for row in rows(day.muster, AuditEvent) if row.action == "people.reveal"]
    phones = Counter(value for _, value in shown)
    seen = Counter(IDENTITIES[accounts[row.subject]].phone for row in revealed)
    assert phones == seen, shown
    assert len(revealed) > 0
    [(_, cells)] = exported
    [row] = [row for row in rows(day.muster, AuditEvent) if row.action == "people.export_full"]
    named = [accounts[f"employee:{id_}"] for id_ in row.details["employees"]]
    whole = [IDENTITIES[name] for name in named]
    expected = {value for one in whole for value in (one.phone, one.id_number, one.address)}
    assert {value for value in SECRETS if value in cells} == expected


def test_every_command_was_asked_with_something_to_find(day: Day) -> None:
    """The search above is worth something only if there is something to be found."""
    assert len(SECRETS) == 3 * len(PEOPLE)
    with day.muster.database.reading() as session:
        everybody = session.scalars(select(staff.Employee)).all()
        assert all(person.phone and person.id_number and person.address for person in everybody)
        assert {Role(p.role) for p in staff.with_posts(session, everybody, at=day.clock.now())} > {Role.ADMIN}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("call 13812345678 now", "call 138****5678 now"),
        ("+8613812345678", "+86138****5678"),
        ("id 11010519491231002X", "id 110***********002X"),
        ("id 110105194912310021", "id 110***********0021"),
        ("card 6222021234567890123", "card 6222***********0123"),
        ("id=17 code 60020 at 1700000000", "id=17 code 60020 at 1700000000"),
    ],
)
def test_the_second_net_masks_what_slips_into_a_log(said: str, kept: str) -> None:
    assert mask(said) == kept
    assert mask_values({"a": {"b": [said]}}) == {"a": {"b": [kept]}}


@given(
    st.text(alphabet="甲x ,:-+", max_size=8),
    st.from_regex(r"1[3-9]\d{9}|\d{17}[\dX]|\d{16}|\d{19}", fullmatch=True),
    st.text(alphabet="甲y ,:-+", max_size=8),
)
def test_whatever_stands_around_it_no_full_value_passes_the_second_net(
    before: str, value: str, after: str
) -> None:
    assert value not in mask(before + value + after)


def test_a_value_in_a_log_line_is_masked_whatever_its_type(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("test")
    structlog.get_logger("x").warning("odd", who={"phone": 13812345678}, said="11010519491231002X", id=17)

    line = capfd.readouterr().err
    assert "13812345678" not in line
    assert "11010519491231002X" not in line
    assert '"id": 17' in line


def test_what_people_write_is_not_in_the_log(
    day: Day, capfd: pytest.CaptureFixture[str], clock: TestClock
) -> None:
    configure_logs("test")
    said = "我老婆住院了想请假"
    member = day.member("sunli")
    member.says(said)
    member.says(f"电话 {said}")
    member.says(f"确认 {said}")

    logged = capfd.readouterr()
    assert said not in logged.err + logged.out
    assert rows(day.muster, InboundMessage)


def test_a_crash_notice_masks_what_the_button_held(
    day: Day, monkeypatch: pytest.MonkeyPatch, muster: Muster
) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("13812345678")

    monkeypatch.setattr(staff, "find_person", crash)
    muster.reporting._maintainers = ["itwang"]
    day.member("zhaolei").taps("phone:13812345678")

    notices = [str(row.payload) for row in rows(muster, OutboundMessage) if "出错了" in str(row.payload)]
    assert len(notices) == 1
    assert "13812345678" not in notices[0]
    assert "138****5678" in notices[0]
