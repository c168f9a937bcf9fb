"""What the browser's phones read: the page, its state, and one stream of changes."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.automation.people import person_json
from sandbox.clock import iso
from sandbox.envelope import same
from sandbox.faults import NAMES
from sandbox.platform.menus import leaves
from sandbox.world import GOODBYE, Corp, Follower, Home, Json, Person, World

STATIC = Path(__file__).parent / "static"
HEARTBEAT = 15.0
RECENT = 200


class PhonesPage:
    """``/``, ``/control-room``, ``/log``, ``/phones/…``, ``/media/…`` and the files they need."""

    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[Route | Mount]:
        """All routes of the browser side."""
        return [
            Route("/", self.page("index.html")),
            Route("/control-room", self.page("room.html")),
            Route("/log", self.page("room.html")),
            Route("/open/js/jweixin.js", self.page("jweixin.js")),
            Route("/phones/state", self.state),
            Route("/phones/stream", self.stream),
            Route("/phones/windows", self.windows),
            Route("/phones/jssdk", self.jssdk, methods=["POST"]),
            Route("/media/{media_id}", self.media),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]

    def page(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint for one file."""

        async def endpoint(request: Request) -> Response:
            return FileResponse(STATIC / name, headers={"Cache-Control": "no-cache"})

        return endpoint

    async def state(self, request: Request) -> Response:
        """Homes, people, menus, places and recent messages."""
        homes = [self._home(corp) for corp in self.world.corps.values()]
        homes += [self._home(account) for account in self.world.accounts.values()]
        people = []
        for home, person in self.world.people():
            messages = self.world.chat(home.id, person.id)[-RECENT:]
            known = {**person_json(home, person), "windows": self._windows(person)}
            people.append({**known, "messages": [message.as_json() for message in messages]})
        return JSONResponse(
            {
                "clock": {
                    "now": iso(self.world.clock.now()),
                    "rate": self.world.clock.rate,
                    "moved": self.world.clock.moved,
                },
                "homes": homes,
                "people": people,
                "places": [place.as_json() for place in self.world.places],
                "faults": sorted(NAMES),
                "revision": self.world.last_revision,
            }
        )

    def _windows(self, person: Person) -> list[Json]:
        """What the account may still send this follower, and until when (protocol 4.2); the longest first."""
        if not isinstance(person, Follower):
            return []
        now = self.world.clock.timestamp()
        live = [a for a in person.allowances.values() if a.opened <= now < a.opened + a.seconds]
        live.sort(key=lambda allowance: allowance.opened + allowance.seconds, reverse=True)
        return [{"until": allowance.opened + allowance.seconds, "left": allowance.left} for allowance in live]

    async def windows(self, request: Request) -> Response:
        """The open windows of the followers named in ``home`` and ``person``."""
        query = request.query_params
        found = self.world.find(query.get("person", ""), query.get("home"))
        return JSONResponse({"windows": self._windows(found[0][1]) if found else []})

    @staticmethod
    def _home(home: Home) -> Json:
        if isinstance(home, Corp):
            apps = [
                {"agent_id": app.agent_id, "name": app.name, "menu": app.menu} for app in home.apps.values()
            ]
            return {"id": home.id, "name": home.name, "kind": "corp", "apps": apps}
        app = {"agent_id": None, "name": home.name, "menu": home.menu}
        return {
            "id": home.id,
            "name": home.name,
            "kind": "account",
            "apps": [app],
            "actions": len(leaves(home.menu)),
        }

    async def stream(self, request: Request) -> Response:
        """Changes as Server-Sent Events; ``?log=1`` adds traffic."""
        with_log = request.query_params.get("log") == "1"
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._events(with_log), media_type="text/event-stream", headers=headers)

    async def _events(self, with_log: bool) -> AsyncIterator[str]:
        queue = self.world.feed.listen()
        try:
            yield "retry: 1000\n\n"
            while True:
                try:
                    item = await asyncio.wait_for(queue.get(), HEARTBEAT)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if item["event"] == GOODBYE:
                    return
                if item["event"] == "log" and not with_log:
                    continue
                data = json.dumps(item["data"], ensure_ascii=False)
                yield f"event: {item['event']}\ndata: {data}\n\n"
        finally:
            self.world.feed.leave(queue)

    async def jssdk(self, request: Request) -> Response:
        """Whether a page's ``wx.config`` or ``wx.agentConfig`` is signed as 3.12 says."""
        body = await request.json()
        problem = self._signature_problem(body)
        return JSONResponse({"error": problem}, 400) if problem else JSONResponse({"ok": True})

    def _signature_problem(self, body: Json) -> str:
        home = self.world.home(str(body.get("appId") or ""))
        if home is None or home.id != body.get("home"):
            return "invalid appid"
        scope = f"agent:{body.get('agentid')}" if body.get("kind") == "agentConfig" else "corp"
        scope = "jsapi" if not isinstance(home, Corp) else scope
        now, given = self.world.clock.timestamp(), str(body.get("signature") or "")
        rest = f"&noncestr={body.get('nonceStr')}&timestamp={body.get('timestamp')}&url={body.get('url')}"
        for ticket in self.world.tickets.values():
            if (ticket.home, ticket.scope) != (home.id, scope) or ticket.expires <= now:
                continue
            signed = hashlib.sha1(f"jsapi_ticket={ticket.value}{rest}".encode(), usedforsecurity=False)
            if same(signed.hexdigest(), given):
                return ""
        return "invalid signature"

    async def media(self, request: Request) -> Response:
        """A picture, as the phone shows it and PicUrl names it."""
        media = self.world.media.get(request.path_params["media_id"])
        if media is None:
            return Response("没有这个文件", status_code=404, media_type="text/plain")
        return Response(media.data, media_type=media.content_type)
