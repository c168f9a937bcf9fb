"""One endpoint of the control interface: how it is served, read and described."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from sandbox.errors import ControlError
from sandbox.world import Corp, Home, Json, Person, World

WAIT_LIMIT = 120.0


@dataclass(frozen=True)
class Operation:
    """One control endpoint, as served and as documented."""

    method: str
    path: str
    summary: str
    handler: Callable[[Request, Json], Awaitable[Json]]
    body: dict[str, str] | None = None
    query: tuple[str, ...] = ()


async def read_body(request: Request) -> Json:
    """The request's JSON object; no body is an empty one."""
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise ControlError("请求体不是 JSON") from error
    if not isinstance(body, dict):
        raise ControlError("请求体必须是 JSON 对象")
    return body


def number(given: str | None, default: int) -> int:
    """A whole number from the query."""
    if given is None or given == "":
        return default
    try:
        return int(float(given))
    except ValueError as error:
        raise ControlError(f"不是数字：{given}") from error


def timeout_of(request: Request, default: float) -> float:
    """How long a waiting request may take, in seconds."""
    return min(float(number(request.query_params.get("timeout"), int(default))), WAIT_LIMIT)


def need_corp(world: World, request: Request) -> Corp:
    """The corp the address names."""
    corp = world.corps.get(request.path_params["corp"])
    if corp is None:
        raise ControlError("没有这个企业", 404)
    return corp


def need_person(world: World, request: Request) -> tuple[Home, Person]:
    """The one person the address names."""
    name, home_id = request.path_params["person"], request.query_params.get("home")
    found = world.find(name, home_id)
    if not found:
        raise ControlError(f"没有 {name}", 404)
    if len(found) > 1:
        homes = "、".join(home.id for home, _ in found)
        raise ControlError(f"{name} 不止一个，请用 home 指明：{homes}", 409)
    return found[0]


def describe(operation: Operation) -> Json:
    """One operation of the OpenAPI document."""
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
    ]
    parameters += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in operation.query]
    responses: dict[str, Any] = {
        "200": {"description": "完成", "content": {"application/json": {"schema": {"type": "object"}}}},
        "400": {"description": "请求不对"},
        "404": {"description": "没有"},
        "409": {"description": "现在不行"},
    }
    described: Json = {"summary": operation.summary, "parameters": parameters, "responses": responses}
    if operation.body is not None:
        properties = {name: {"type": kind} for name, kind in operation.body.items()}
        schema = {"type": "object", "properties": properties}
        described["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return described
