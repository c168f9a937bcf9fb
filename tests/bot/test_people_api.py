"""People and units by the JSON API: path and query parameters, masks, and what each refusal looks like."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import PATH_PART, Tokens
from models import staff
from models.audit import AuditEvent
from models.staff import Role, UnitKind
from tests.simulator import rows


@pytest.fixture
def api(muster: Muster, client: FlaskClient) -> Any:
    """Calls the API as the supervisor of the eastern branch."""
    with muster.database.writing() as session:
        east = staff.add_unit(session, name="城东分公司", kind=UnitKind.BRANCH)
        team = staff.add_unit(session, name="城东催收组", parent=east)
        staff.add_employee(session, wecom_id="wumin", name="吴敏", role=Role.SUPERVISOR, unit=east)
        zhang = staff.add_employee(
            session, wecom_id="zhangsan", name="张三", role=Role.COLLECTOR, unit=team, title="高级催收员"
        )
        staff.keep_identity(session, person=zhang, phone="15400011234", address="砚湖区听竹路8号")

    def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        token = Tokens(muster).issue("wumin")
        told = client.open(
            f"/api/v1{path}", method=method, json=body, headers={"Authorization": f"Bearer {token}"}
        )
        return told.status_code, told.get_json()

    return call


FULL_EXPORT = {"unit": 2, "full": True, "reason": "合规抽查"}
ZHANG = {
    "account": "zhangsan",
    "name": "张三",
    "number": None,
    "units": ["城东催收组"],
    "phone": "154****1234",
    "id_number": "",
    "address": "砚湖区***",
}


def test_people_are_found_and_masked(api: Any) -> None:
    assert api("GET", "/people?q=zhang")[1]["result"] == {"people": [ZHANG]}
    assert api("GET", "/people?q=%E6%9D%8E")[1]["result"] == {"people": []}
    assert api("GET", "/people/ZhangSan")[1]["result"] == {"people": [ZHANG]}


def test_a_number_is_revealed_by_a_post_alone(api: Any, muster: Muster) -> None:
    status, told = api("POST", "/people/zhangsan/phone")

    assert (status, told["result"]) == (200, {"phone": "15400011234"})
    assert told["message"].startswith("张三的电话：15400011234")
    assert [row.action for row in rows(muster, AuditEvent)] == ["people.reveal"]
    assert api("GET", "/people/zhangsan/phone")[0] == 405


def test_reading_leaves_the_writer_alone_and_no_row_behind(api: Any, muster: Muster) -> None:
    with muster.database.writing():
        assert api("GET", "/people?q=zhang")[0] == 200
    assert rows(muster, AuditEvent) == []


@pytest.mark.parametrize("path", ["/people", "/units/2/people?page=0", "/units/2/people?page=one"])
def test_a_query_that_makes_no_sense_is_refused_with_words(api: Any, path: str) -> None:
    status, told = api("GET", path)

    assert (status, told["error"]["code"]) == (422, "invalid_request")


def test_units_and_lists_come_in_pages(api: Any) -> None:
    units = api("GET", "/units")[1]["result"]["units"]
    page = api("GET", f"/units/{units[1]['id']}/people")[1]["result"]

    assert [(unit["name"], unit["depth"], unit["people"]) for unit in units] == [
        ("城东分公司", 0, 2),
        ("城东催收组", 1, 1),
    ]
    assert (page["page"], page["total"], page["people"]) == (1, 1, [ZHANG])


def test_who_asks_learns_what_they_may_do(api: Any) -> None:
    told = api("GET", "/me")[1]["result"]

    assert told["posts"] == [{"unit": "城东分公司", "role": "主管", "title": ""}]
    [below, own] = told["rights"]
    assert (below["scope"], below["unit"]) == ("subtree", "城东分公司")
    assert own == {"scope": "own", "unit": "", "actions": ["打卡", "接手工作", "办自己的待办", "学习和考试"]}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/people/nobody", None, 404, "person_not_found"),
        ("GET", "/units/1/people", None, 404, "unit_not_found"),
        ("POST", "/people/export", {"unit": 1}, 404, "unit_not_found"),
        (
            "POST",
            "/people/export",
            {"unit": 2, "full": True, "reason": "合规抽查"},
            403,
            "full_export_not_permitted",
        ),
        ("GET", "/people/zhangsan/messages", None, 403, "not_permitted"),
        ("POST", "/proposals/7/confirm", {}, 409, "nothing_to_confirm"),
    ],
)
def test_refusals_have_a_status_and_a_code(
    api: Any, muster: Muster, method: str, path: str, body: Any, status: int, code: str
) -> None:
    told = api(method, path, body)

    assert (told[0], told[1]["error"]["code"]) == (status, code)
    assert [row.details for row in rows(muster, AuditEvent)] == [{"refusal": code}]


def test_the_description_names_every_endpoint_with_its_parameters(
    client: FlaskClient, muster: Muster
) -> None:
    described = client.get("/api/openapi.json").json
    operations = {
        (method.upper(), path): operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }

    declared = {
        (method, "/api/v1" + PATH_PART.sub(r"{\2}", path)) for method, path in muster.router.endpoints
    }
    assert declared == set(operations)
    identifiers = [operation["operationId"] for operation in operations.values()]
    assert len(identifiers) == len(set(identifiers))
    for (_, path), operation in operations.items():
        in_path = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}
    asked = operations["GET", "/api/v1/people"]["parameters"]
    assert asked == [
        {"name": "q", "in": "query", "required": True, "schema": {"title": "Q", "type": "string"}}
    ]
    page = operations["GET", "/api/v1/units/{id}/people"]["parameters"]
    assert [(one["name"], one["in"], one["required"]) for one in page] == [
        ("id", "path", True),
        ("page", "query", False),
    ]
