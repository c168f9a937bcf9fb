"""Sensitive actions take a second confirmation, and a code where there is an authenticator (S0-61)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from models import proposals, staff
from models.audit import AuditEvent
from models.messaging import OutboundMessage
from models.proposals import Proposal, SecondFactor
from models.staff import Role
from tests.simulator import Given, Member, Messenger, TestClock, rows

ASKS = "导出名单 一组 完整 原因：合规抽查"
NEEDED = "这是敏感操作，还要动态口令。请打开手机上的身份验证器，回复「确认 六位数字」。"


@pytest.fixture
def admin(client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given) -> Member:
    """Who may take full lists out."""
    given.employee("itwang", "王工", role=Role.ADMIN)
    return Member("itwang", client, messenger, clock)


@pytest.fixture
def authenticator(admin: Member, muster: Muster, clock: TestClock) -> pyotp.TOTP:
    """The admin's authenticator."""
    with muster.database.writing() as session:
        person = staff.find_known(session, "itwang")
        assert person is not None
        return pyotp.TOTP(proposals.register_second_factor(session, person=person, at=clock.now()))


def states(muster: Muster) -> list[tuple[str, int]]:
    return [(row.state, row.wrong_codes) for row in rows(muster, Proposal)]


def test_without_an_authenticator_the_confirmation_is_enough(admin: Member, muster: Muster) -> None:
    admin.says(ASKS)
    admin.says("确认")

    assert [answer.splitlines()[0] for answer in admin.reads()][-1] == "[file]"
    assert states(muster) == [("confirmed", 0)]


@pytest.mark.parametrize("said", ["确认 {}", "确认{}", "确定 动态口令 {}"])
def test_a_right_code_confirms(
    admin: Member, authenticator: pyotp.TOTP, clock: TestClock, muster: Muster, said: str
) -> None:
    admin.says(ASKS)
    [preview] = admin.reads()
    admin.says(said.format(authenticator.at(clock.now())))

    assert "请回复「确认 六位动态口令」。" in preview
    assert admin.reads()[-1] == "[file]"
    assert states(muster) == [("confirmed", 0)]


def test_digits_of_full_width_are_read(
    admin: Member, authenticator: pyotp.TOTP, clock: TestClock, muster: Muster
) -> None:
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in authenticator.at(clock.now()))
    admin.says(ASKS)
    admin.says(f"确认 {wide}")

    admin.news()
    assert states(muster) == [("confirmed", 0)]


def test_a_tap_without_the_code_is_told_that_it_is_needed(
    admin: Member, authenticator: pyotp.TOTP, muster: Muster
) -> None:
    admin.says(ASKS)
    admin.news()
    admin.taps_card("confirm:1")
    admin.says("确认")

    admin.sees(NEEDED, NEEDED)
    assert states(muster) == [("open", 0)]


def test_five_wrong_codes_cancel_what_was_asked_for(
    admin: Member, authenticator: pyotp.TOTP, clock: TestClock, muster: Muster
) -> None:
    right = authenticator.at(clock.now())
    wrong = "000000" if right != "000000" else "111111"
    admin.says(ASKS)
    admin.news()
    for _ in range(5):
        admin.says(f"确认 {wrong}")
    told = admin.reads()
    admin.says(f"确认 {right}")

    assert told[0].endswith("还可以试 4 次。")
    assert told[3].endswith("还可以试 1 次。")
    assert told[4].startswith("动态口令错了太多次，这个操作已经取消")
    admin.sees("现在没有等你确认的操作。")
    assert states(muster) == [("cancelled", 5)]
    assert [row.details for row in rows(muster, AuditEvent) if row.outcome == "refused"][:5] == [
        {"refusal": "wrong_code"}
    ] * 5


def test_who_guesses_on_and_on_is_locked_out(
    admin: Member, authenticator: pyotp.TOTP, clock: TestClock, muster: Muster
) -> None:
    wrong = "000000" if authenticator.at(clock.now()) != "000000" else "111111"
    for hour in range(4):
        clock.at(f"{9 + hour}:00:00".zfill(8))
        admin.says(ASKS)
        for _ in range(5):
            admin.says(f"确认 {wrong}")
    admin.says(ASKS)
    admin.news()

    admin.says(f"确认 {authenticator.at(clock.now())}")

    admin.sees(
        "动态口令接连错了太多次，已经停用。请 IT 管理员在服务器上运行 muster second-factor itwang --remove，"
        "再重新登记。"
    )
    assert states(muster)[-1] == ("open", 0)


def test_a_code_works_once(
    admin: Member, authenticator: pyotp.TOTP, clock: TestClock, muster: Muster
) -> None:
    code = authenticator.at(clock.now())
    for _ in range(2):
        admin.says(ASKS)
        admin.says(f"确认 {code}")

    assert admin.reads()[-1].startswith("动态口令不对、已过期，或者已经用过")
    assert states(muster) == [("confirmed", 0), ("open", 1)]


def test_an_old_code_works_no_more(
    admin: Member, authenticator: pyotp.TOTP, clock: TestClock, muster: Muster
) -> None:
    admin.says(ASKS)
    admin.says(f"确认 {authenticator.at(clock.now() - timedelta(minutes=2))}")

    admin.news()
    assert states(muster) == [("open", 1)]


def test_where_the_policy_insists_nothing_sensitive_goes_without(admin: Member, muster: Muster) -> None:
    policy = muster.handling._policy
    muster.handling._policy = replace(policy, security=replace(policy.security, second_factor_required=True))
    admin.says(ASKS)

    admin.sees(
        "这是敏感操作，要先登记动态口令：请 IT 管理员在服务器上运行 muster second-factor itwang，"
        "用手机上的身份验证器扫码，然后再发一次命令。"
    )
    assert rows(muster, Proposal) == []


def test_the_secret_is_sealed(authenticator: pyotp.TOTP, muster: Muster) -> None:
    [factor] = rows(muster, SecondFactor)
    assert authenticator.secret.encode() not in factor.secret


class Api:
    """The JSON API in somebody's name."""

    def __init__(self, muster: Muster, client: FlaskClient, who: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {Tokens(muster).issue(who)}"}

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        told = self._client.post(f"/api/v1{path}", json=body, headers=self._headers)
        return told.status_code, told.get_json()


def test_by_the_api_the_same_code_confirms_and_the_file_comes_into_the_chat(
    admin: Member, authenticator: pyotp.TOTP, clock: TestClock, muster: Muster, client: FlaskClient
) -> None:
    api = Api(muster, client, "itwang")
    _, asked = api.post("/people/export", {"unit": 1, "full": True, "reason": "合规抽查"})
    proposal = asked["result"]["proposal"]

    needed = api.post(f"/proposals/{proposal}/confirm", {})
    wrong = api.post(f"/proposals/{proposal}/confirm", {"code": "12345"})
    counted = states(muster)
    right = api.post(f"/proposals/{proposal}/confirm", {"code": authenticator.at(clock.now())})

    assert asked["result"]["needs_code"] is True
    assert (needed[0], needed[1]["error"]["code"]) == (409, "code_needed")
    assert (wrong[0], wrong[1]["error"]["code"]) == (409, "wrong_code")
    assert counted == [("open", 1)]
    assert (right[0], right[1]["result"]) == (200, {"people": 1})
    admin.sees("[file]")
    assert len(rows(muster, OutboundMessage)) == 1


def test_by_the_api_a_proposal_is_cancelled_by_its_owner_alone(
    admin: Member, alice: Member, muster: Muster, client: FlaskClient
) -> None:
    owner, other = Api(muster, client, "itwang"), Api(muster, client, "AliceLi")
    _, asked = owner.post("/people/export", {"unit": 1, "full": True, "reason": "合规抽查"})
    path = f"/proposals/{asked['result']['proposal']}/cancel"

    assert other.post(path, {})[1]["error"]["code"] == "nothing_to_confirm"
    assert owner.post(path, {})[0] == 200
    assert states(muster) == [("cancelled", 0)]
