"""Joining, moving, leaving and candidates by the JSON API: proposed, confirmed, done, as in the chat."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from models.audit import AuditEvent, AuditOutcome
from models.lifecycle import Onboarding, Separation, Transfer
from models.staff import Employee, Unit
from tests.chat.candidates import Hiring
from tests.chat.people import Company
from tests.simulator import Messenger, TestClock, rows

JOINING = {"account": "wangxin", "name": "王新", "role": "collector", "start_on": "2026-03-09"}


class Api:
    """The JSON API, called for one person after the other."""

    def __init__(self, muster: Muster, client: FlaskClient) -> None:
        self._muster, self._client = muster, client

    def __call__(self, who: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """(status, result; the code where it was refused)."""
        headers = {"Authorization": f"Bearer {Tokens(self._muster).issue(who)}"}
        told = self._client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        answer = told.get_json()
        return told.status_code, answer["result"] if "result" in answer else answer["error"]["code"]

    def does(self, who: str, path: str, body: Any) -> None:
        """Propose, and confirm."""
        status, told = self(who, "POST", path, body)
        assert status == 200, told
        assert self(who, "POST", f"/proposals/{told['proposal']}/confirm", {})[0] == 200


@pytest.fixture
def api(muster: Muster, client: FlaskClient) -> Api:
    """The JSON API."""
    return Api(muster, client)


@pytest.fixture
def company(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Company:
    """A branch with two teams, HR, IT and administration."""
    return Company(muster, client, messenger, clock)


@pytest.fixture
def hiring(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Hiring:
    """Two branches that hire."""
    return Hiring(muster, client, messenger, clock)


def unit(muster: Muster, name: str) -> int:
    """The number of a unit."""
    [found] = [row.id for row in rows(muster, Unit) if row.name == name]
    return found


def test_somebody_joins_and_their_steps_are_done(company: Company, muster: Muster, api: Api) -> None:
    status, told = api("hr", "POST", "/joinings", {**JOINING, "unit": unit(muster, "一组")})
    assert (status, told["needs_code"]) == (200, False)
    assert rows(muster, Onboarding) == []

    assert api("hr", "POST", f"/proposals/{told['proposal']}/confirm", {})[0] == 200

    [one] = api("leader", "GET", "/joinings")[1]["joinings"]
    assert (one["account"], one["unit"], one["done"]) == ("wangxin", "城北分公司/一组", 0)
    steps = api("itli", "GET", "/checklist")[1]["steps"]
    assert {step["for"] for step in steps} == {"wangxin"}
    done = f"/checklist/{steps[0]['id']}/done"
    assert api("itli", "POST", done, {}) == (200, {"left": len(steps) - 1})
    assert api("itwu", "POST", done, {}) == (404, "not_your_step")
    assert api("itli", "POST", done, {}) == (409, "step_done")
    joining = api("hr", "GET", "/people/wangxin/joining")[1]["joining"]
    assert [step["state"] for step in joining["steps"]].count("done") == 1
    assert api("itli", "POST", f"/checklist/{steps[0]['id']}/undo", {})[0] == 200
    assert api("hr", "DELETE", "/people/wangxin/joining", {})[0] == 200
    assert api("hr", "GET", "/joinings")[1] == {"joinings": []}


def test_somebody_moves(company: Company, muster: Muster, api: Api) -> None:
    api.does("hr", "/people/zhangsan/transfer", {"unit": unit(muster, "二组"), "role": "customer_service"})

    [transfer] = rows(muster, Transfer)
    assert (transfer.to_role, f"{transfer.effective_at:%m-%d}") == ("customer_service", "03-03")
    assert api("hr", "DELETE", "/people/zhangsan/transfer", {})[0] == 200
    assert api("hr", "DELETE", "/people/zhangsan/transfer", {}) == (409, "not_moving")


def test_somebody_leaves_and_the_work_is_answered_for(company: Company, muster: Muster, api: Api) -> None:
    api.does("hr", "/joinings", {**JOINING, "unit": unit(muster, "一组")})
    api.does("root", "/people/itli/separation", {"last_day": "2026-03-20", "reason": "growth"})

    left = api("root", "GET", "/people/itli/separation")[1]["separation"]
    assert (left["state"], left["reason"], left["leaves_at"][:16]) == (
        "announced",
        "growth",
        "2026-03-20T18:00",
    )
    book = api("root", "GET", "/people/itli/handover")[1]["handover"]
    assert {item["to"] for item in book["items"]} == {"itwu"}
    asked = api("itwu", "GET", "/handover-items")[1]["items"]
    first, second, *_ = [f"/handover-items/{item['id']}" for item in asked]
    assert api("itwu", "POST", f"{first}/accept", {})[0] == 200
    assert api("itwu", "POST", f"{second}/refuse", {"reason": "busy"})[0] == 200
    assert api("desk", "POST", f"{first}/accept", {}) == (404, "nothing_to_answer")
    assert api("itwu", "POST", "/handover-items/999/accept", {}) == (404, "nothing_to_answer")
    assert api("root", "POST", "/people/itli/handover", {"to": "desk"})[0] == 200
    assert api("root", "POST", "/people/itli/separation/close", {})[0] == 409
    assert api("root", "DELETE", "/people/itli/separation", {})[0] == 200
    assert [row.state for row in rows(muster, Separation)] == ["cancelled"]


def test_somebody_is_covered_for_and_comes_back(company: Company, api: Api) -> None:
    days = {"first": "2026-03-09", "last": "2026-03-13"}
    api.does("leader", "/people/zhangsan/leave", {"cover": "wangwu", **days})

    book = api("leader", "GET", "/people/zhangsan/handover")[1]["handover"]
    assert (book["cause"], book["returns_at"][:10]) == ("leave", "2026-03-14")
    assert api("leader", "DELETE", "/people/zhangsan/leave", {})[0] == 200
    assert api("leader", "POST", "/people/zhangsan/leave", {"cover": "farmember", **days}) == (
        404,
        "nobody_called",
    )


def test_a_person_is_looked_up_and_erased(company: Company, muster: Muster, api: Api) -> None:
    api.does("root", "/people/zhangsan/separation", {"last_day": "2026-03-02", "reason": "family"})
    events = api("root", "POST", "/people/zhangsan/trail", {})[1]["events"]
    assert "people.leave" in [event["action"] for event in events]
    assert api("root", "POST", "/people/wangwu/erase", {}) == (409, "not_left_yet")

    company.clock.passes_to("2026-03-05T09:00")
    api.does("root", "/people/zhangsan/erase", {})

    assert "张三" not in [row.name for row in rows(muster, Employee)]
    assert api("root", "POST", "/people/zhangsan/trail", {}) == (404, "not_on_record")


@pytest.mark.parametrize(
    ("who", "method", "path", "body", "status", "code"),
    [
        ("hr", "POST", "/joinings", {**JOINING, "unit": 999}, 404, "unit_not_found"),
        ("hr", "POST", "/joinings", {**JOINING, "unit": 2, "role": "candidate"}, 422, "invalid_request"),
        ("hr", "POST", "/joinings", {**JOINING, "unit": 2, "account": "王 新"}, 422, "invalid_request"),
        ("hr", "POST", "/joinings", {**JOINING, "unit": 2, "name": " "}, 422, "invalid_request"),
        ("hr", "POST", "/joinings", {**JOINING, "unit": 2, "role": "hr_city"}, 403, "not_permitted"),
        ("hr", "POST", "/joinings", {**JOINING, "unit": 2, "account": "boss"}, 409, "already_here"),
        ("leader", "POST", "/joinings", {**JOINING, "unit": 2}, 403, "not_permitted"),
        ("hr", "POST", "/people/farmember/transfer", {"unit": 2}, 404, "nobody_called"),
        ("hr", "POST", "/people/zhangsan/transfer", {"unit": 999}, 404, "unit_not_found"),
        ("hr", "POST", "/people/nobody/separation", {"last_day": "2026-03-31", "reason": "pay"}, 404, None),
        ("hr", "POST", "/people/zhangsan/separation", {"last_day": "soon", "reason": "pay"}, 422, None),
        ("hr", "GET", "/people/farmember/separation", None, 404, "nobody_called"),
        ("hr", "GET", "/turnover?unit=%E4%B8%89%E7%BB%84", None, 404, "unknown_scope"),
        ("hr", "GET", "/turnover?unit=%E7%81%AB%E6%98%9F", None, 404, "unknown_scope"),
        ("hr", "POST", "/files/7/look", {}, 404, "file_gone"),
        ("hr", "POST", "/candidate-matches/7/same", {}, 404, "match_not_found"),
        ("hr", "GET", "/candidates/7", None, 404, "candidate_not_found"),
    ],
)
def test_what_is_refused_has_a_status_a_code_and_a_row(
    company: Company,
    muster: Muster,
    api: Api,
    who: str,
    method: str,
    path: str,
    body: Any,
    status: int,
    code: str | None,
) -> None:
    told = api(who, method, path, body)

    assert told[0] == status
    assert code in (None, told[1])
    refused = [row for row in rows(muster, AuditEvent) if row.outcome == AuditOutcome.REFUSED]
    assert len(refused) == (status != 422)


def test_a_candidate_is_found_corrected_bound_and_admitted(hiring: Hiring, api: Api) -> None:
    hiring.applies("林小雨", "城东分公司")
    with hiring.muster.database.reading() as session:
        path = f"/candidates/{hiring.named(session, '林小雨')[0].id}"

    found = api("east", "GET", path)[1]["candidate"]
    assert (found["name"], found["phone"]) == ("林小雨", "154****0001")
    assert api("asker", "GET", path)[1]["candidate"]["phone"] is None
    assert api("asker", "GET", f"{path}/contact") == (403, "not_permitted")
    assert api("east", "GET", f"{path}/contact")[1]["phone"] == "154****0001"
    assert api("north", "GET", path) == (404, "candidate_not_found")
    assert len(api("east", "POST", f"{path}/binding-code", {})[1]["code"]) == 8
    api.does("east", f"{path}/phone", {"phone": "154 0001 0002"})
    assert api("east", "GET", f"{path}/contact")[1]["phone"] == "154****0002"
    assert api("east", "POST", f"{path}/phone", {"phone": "12"}) == (409, "misunderstood")
    api.does("east", f"{path}/admission", {})
    assert api("east", "GET", path)[1]["candidate"]["applications"][0]["state"] == "admitted"
    assert api("east", "DELETE", f"{path}/admission", {})[0] == 200


def test_two_rows_are_put_together_and_taken_apart(hiring: Hiring, api: Api) -> None:
    hiring.applies("林小雨", "城东分公司")
    hiring.applies("林小雨", "城东分公司", "外勤")

    [pair] = api("east", "GET", "/candidate-matches")[1]["matches"]
    older, newer = pair["people"]
    assert older["phone"] == newer["phone"] == "154****0001"
    assert api("north", "POST", f"/candidate-matches/{pair['id']}/same", {}) == (404, "match_not_found")
    assert api("east", "POST", f"/candidate-matches/{pair['id']}/same", {})[0] == 200
    assert api("east", "GET", "/candidate-matches")[1] == {"matches": []}
    assert api("east", "DELETE", f"/candidates/{older['id']}/merge", {})[0] == 200
    assert api("east", "POST", f"/candidate-matches/{pair['id']}/other", {})[0] == 200
