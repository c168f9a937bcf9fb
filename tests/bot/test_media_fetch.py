"""Pictures from a phone of the sandbox: fetched over the real API by media id, kept sealed or refused."""

import base64
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from werkzeug.serving import make_server

from bot.app import Muster, build
from bot.store import connect
from bot.web import create_app
from config.settings import Settings, load_settings
from models import files, staff
from models.audit import AuditEvent
from models.files import MediaFetch, StoredFile
from models.staff import Role
from sandbox.client import Person, Sandbox
from tests import tencent
from tests.models.test_file_rules import PNG
from tests.sandbox.scene import free_port, running_sandbox
from tests.servers import empty
from tests.simulator import rows

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256))
PROGRAM = b"MZ\x90\x00" + bytes(range(256)) * 4
TAKEN = "收到你的照片，会加密存好；发「我的材料」可以看和删。"
REFUSED = (
    "你发的文件打不开或不能收，没有存。可以发图片（PNG、JPG、GIF、WEBP）、PDF、Word（docx）、"
    "Excel（xlsx）、MP4 视频、语音和纯文字。"
)
TOO_LARGE = "你发的文件太大，没有存。最大 10 MB，请压缩或分开再发。"
GONE = "你在 3月2日 周一 08:31 发的文件，平台上已经取不到了，没有存。请重新发一次。"


class NoWakeups:
    """The test itself says when work is done."""

    def deliver(self) -> None:
        """Nothing."""

    def work(self) -> None:
        """Nothing."""


@dataclass
class Scene:
    """An installation before a running sandbox, and Alice with her phone."""

    muster: Muster
    sandbox: Sandbox
    alice: Person

    def sends_picture(self, content: bytes, name: str = "照片.jpg") -> None:
        """Alice sends a picture, and Muster has taken the callback."""
        self.alice.act("send-image", base64=base64.b64encode(content).decode(), name=name)
        assert self.sandbox.settle()

    def works(self) -> None:
        """What is due is done, as a worker does it."""
        self.muster.clock.refresh()
        self.muster.runner.run_due()
        self.muster.outbox.drain()
        self.muster.runner.run_errands()
        self.muster.outbox.drain()

    def reads(self) -> list[str]:
        """All texts that arrived on the phone."""
        return [
            told["content"]["content"]
            for told in self.alice.inbox()
            if told["msgtype"] == "text" and told["direction"] == "in"
        ]

    def calls(self) -> list[int]:
        """The error codes of the downloads so far."""
        asked = [call for call in self.sandbox.log(kind="api") if call["path"].endswith("/media/get")]
        return [0 if call["outcome"] == "ok" else int(call["outcome"]) for call in asked]


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    """The address of one sandbox."""
    with running_sandbox() as (url, _):
        yield url


@pytest.fixture
def settings(database_url: str, redis_url: str, sandbox_url: str, tmp_path: object) -> Settings:
    """An installation with the sandbox as its platform and its clock."""
    bind = f"127.0.0.1:{free_port()}"
    return load_settings(
        _env_file=None,
        mode="sandbox",
        data_dir=f"{tmp_path}/data",
        database_url=database_url,
        redis_url=redis_url,
        bind=bind,
        public_url=f"http://{bind}",
        sandbox_url=sandbox_url,
        wecom_api_base=f"{sandbox_url}/wecom",
        official_api_base=f"{sandbox_url}/official",
        **tencent.SETTINGS,
    )


@pytest.fixture
def scene(settings: Settings) -> Iterator[Scene]:
    """Everything runs, and it is Monday morning."""
    with Sandbox(settings.sandbox_url) as sandbox:
        sandbox.reset()
        sandbox.set_clock("2026-03-02T08:31:30+08:00", rate=0)
        sandbox.faults()
        store = connect(settings.redis)
        store.flushall()
        store.close()
        muster = build(settings, wakeups=NoWakeups())
        if not muster.database.sqlite:
            empty(muster.database)
        with muster.database.writing() as session:
            staff.add_employee(session, wecom_id="AliceLi", name="李爱丽", role=Role.COLLECTOR)
        web = make_server(settings.host, settings.port, create_app(muster), threaded=True)
        serving = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        sandbox.put_corp(settings.wecom_corp_id, corp(settings))
        yield Scene(muster, sandbox, sandbox.person("AliceLi"))
        web.shutdown()
        serving.join()
        web.server_close()
        muster.close()


def corp(settings: Settings) -> dict[str, object]:
    """The corp, whose app calls back to us."""
    callback = {
        "url": f"{settings.public_url}/wecom/callback",
        "token": tencent.TOKEN,
        "encoding_aes_key": tencent.AES_KEY,
    }
    app = {"agent_id": tencent.AGENT_ID, "name": "点将", "secret": "app-secret", "callback": callback}
    return {
        "name": "青禾资产服务",
        "apps": [app],
        "contacts": {"secret": "contacts-secret", "callback": None},
        "departments": [{"id": 1, "name": "青禾资产服务", "parentid": 0}],
        "members": [{"userid": "AliceLi", "name": "李爱丽", "department": [1], "position": "催收员"}],
    }


@pytest.mark.parametrize(
    ("content", "name", "media_type", "kept_as"),
    [
        (PNG, "照片.png", "image/png", "照片.png"),
        (JPEG, "现场.jpg", "image/jpeg", "现场.jpg"),
        (PNG, "其实是.jpg", "image/png", "其实是.png"),
        (JPEG, "../../etc/passwd", "image/jpeg", "passwd.jpg"),
    ],
)
def test_a_picture_is_fetched_sealed_and_named_by_its_content(
    scene: Scene, content: bytes, name: str, media_type: str, kept_as: str
) -> None:
    scene.sends_picture(content, name)
    scene.works()

    [file] = rows(scene.muster, StoredFile)
    assert (file.kind, file.media_type, file.size) == ("photo", media_type, len(content))
    assert content[:8] not in file.content
    with scene.muster.database.writing() as session:
        owner = files.person_of(session, file.subject)
        assert owner is not None
        now = scene.muster.clock.now()
        opened = files.open_file(
            session, actor=owner, id_=file.id, unit_ids=(), at=now, policy=scene.muster.policy
        )
        assert (opened.content, opened.name) == (content, kept_as)
    assert rows(scene.muster, MediaFetch) == []
    assert scene.reads() == [TAKEN]
    [event] = [row for row in rows(scene.muster, AuditEvent) if row.action == "files.keep"]
    assert (event.actor, event.subject) == (file.subject, file.subject)


@pytest.mark.parametrize("name", ["工资条.jpg", "setup.exe"])
def test_a_program_that_calls_itself_a_picture_is_refused_with_words(scene: Scene, name: str) -> None:
    scene.sends_picture(PROGRAM, name)
    scene.works()

    assert scene.reads() == [TAKEN, REFUSED]
    assert rows(scene.muster, StoredFile) == rows(scene.muster, MediaFetch) == []


def test_what_is_too_large_is_refused_with_words(scene: Scene) -> None:
    scene.sends_picture(JPEG + bytes(10 * 1024 * 1024))
    scene.works()

    assert scene.reads() == [TAKEN, TOO_LARGE]
    assert rows(scene.muster, StoredFile) == rows(scene.muster, MediaFetch) == []


def test_media_that_the_platform_no_longer_has_is_answered_with_words(scene: Scene) -> None:
    scene.sends_picture(PNG)
    scene.sandbox.faults(api_errcode={"value": 40007, "path": "media/get"})
    scene.works()

    assert scene.calls() == [40007]
    assert scene.reads() == [TAKEN, GONE]
    assert rows(scene.muster, StoredFile) == rows(scene.muster, MediaFetch) == []


def test_media_older_than_three_days_is_not_even_asked_for(scene: Scene) -> None:
    scene.sends_picture(PNG)
    scene.sandbox.advance(3 * 86_400 + 1)
    scene.works()

    assert scene.calls() == []
    assert scene.reads()[-1] == GONE
    assert rows(scene.muster, StoredFile) == rows(scene.muster, MediaFetch) == []


@pytest.mark.parametrize("fault", ["token_expired", "token_revoked"])
def test_a_token_that_has_expired_is_replaced_once(scene: Scene, fault: str) -> None:
    scene.sends_picture(PNG)
    scene.muster.outbox.drain()
    scene.sandbox.faults(**{fault: {"value": True, "times": 1, "path": "media/get"}})
    scene.works()

    first, second = scene.calls()
    assert first in (40014, 42001)
    assert second == 0
    assert len(rows(scene.muster, StoredFile)) == 1
    assert scene.reads() == [TAKEN]


@pytest.mark.parametrize("fault", [{"api_http_status": 502}, {"api_errcode": 45009}, {"api_errcode": -1}])
def test_while_the_platform_does_not_answer_the_picture_waits(scene: Scene, fault: dict[str, int]) -> None:
    scene.sends_picture(PNG)
    [(name, value)] = fault.items()
    scene.sandbox.faults(**{name: {"value": value, "path": "media/get"}})
    scene.works()

    [waiting] = rows(scene.muster, MediaFetch)
    assert waiting.attempts == 1
    assert (waiting.next_at - scene.muster.clock.now()).total_seconds() == pytest.approx(30, abs=5)
    assert scene.reads() == [TAKEN]

    scene.sandbox.faults()
    scene.sandbox.advance(60)
    later = build(scene.muster.settings, wakeups=NoWakeups())  # another process: this one rests after it
    later.runner.run_errands()
    later.close()

    assert len(rows(scene.muster, StoredFile)) == 1
    assert rows(scene.muster, MediaFetch) == []


def test_the_same_picture_again_is_kept_once(scene: Scene) -> None:
    scene.sends_picture(PNG)
    scene.works()
    scene.sandbox.advance(60)
    scene.sends_picture(PNG)
    scene.works()

    assert len(rows(scene.muster, StoredFile)) == 1
    assert scene.calls() == [0, 0]
    assert rows(scene.muster, MediaFetch) == []
