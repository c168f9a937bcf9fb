"""QR codes for binding: asked of the platform, drawn, and sent to who asked."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.binding import BindingPictures
from bot.channels.base import ApiError
from models import messaging
from models.candidates import BindingPicture
from tests.chat.candidates import Hiring
from tests.simulator import Messenger, TestClock, rows

ADDRESS = "http://weixin.qq.com/q/02demo"
PNG = b"\x89PNG\r\n\x1a\n"


class Platform:
    """The one call of the service account that is needed."""

    def __init__(self, refuses: ApiError | None = None) -> None:
        self.refuses = refuses
        self.asked: list[Any] = []

    def post(self, path: str, *, data: Any) -> dict[str, Any]:
        """Answer `qrcode/create`."""
        assert path == "qrcode/create"
        self.asked.append(data)
        if self.refuses is not None:
            raise self.refuses
        return {"ticket": "t", "expire_seconds": data["expire_seconds"], "url": ADDRESS}


@pytest.fixture
def hiring(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Hiring:
    """The company that hires; its HR has asked for a QR code."""
    company = Hiring(muster, client, messenger, clock)
    company.applies("林小雨", "城北支公司")
    company["north"].says("绑定二维码 林小雨")
    company["north"].news()
    return company


def errand(hiring: Hiring, platform: Platform | None) -> BindingPictures:
    """The errand over that platform."""
    muster = hiring.muster
    return BindingPictures(muster.database, muster.posting, muster.clock, platform)  # type: ignore[arg-type]


def test_the_picture_reaches_who_asked_and_the_scene_is_forgotten(hiring: Hiring) -> None:
    platform = Platform()
    pictures = errand(hiring, platform)
    assert pictures.is_due()

    pictures.step()
    hiring.muster.outbox.drain()

    [asked] = platform.asked
    assert (asked["action_name"], asked["expire_seconds"]) == ("QR_STR_SCENE", 86400)
    assert asked["action_info"]["scene"]["scene_str"].startswith("bind-")
    text, image = hiring["north"].news()
    assert text.payload["text"]["content"] == ("林小雨 的绑定二维码，3月3日 周二 08:31 前有效，只给本人。")
    with hiring.muster.database.reading() as session:
        content = messaging.kept_content(session, image.payload["image"]["media_id"]["attachment"])
    assert content is not None
    assert content.startswith(PNG)
    [row] = rows(hiring.muster, BindingPicture)
    assert row.scene is None
    assert not pictures.is_due()


def test_a_busy_platform_is_asked_again_and_a_refusal_is_told(hiring: Hiring) -> None:
    with pytest.raises(ApiError):
        errand(hiring, Platform(ApiError(-1, "system busy"))).step()
    hiring["north"].sees_nothing()

    errand(hiring, Platform(ApiError(48001, "api unauthorized"))).step()
    hiring.muster.outbox.drain()

    hiring["north"].sees("林小雨 的绑定二维码没有做成（平台答复 48001）。可以改发「绑定码 林小雨」。")


def test_without_a_service_account_who_asked_is_told(hiring: Hiring) -> None:
    errand(hiring, None).step()
    hiring.muster.outbox.drain()

    hiring["north"].sees("林小雨 的绑定二维码没有做成。可以改发「绑定码 林小雨」。")


def test_a_picture_that_comes_too_late_is_not_asked_for(hiring: Hiring) -> None:
    hiring.clock.at("2026-03-04T08:31")
    platform = Platform()

    errand(hiring, platform).step()
    hiring.muster.outbox.drain()

    assert platform.asked == []
    hiring["north"].sees("林小雨 的绑定二维码没有做成。可以改发「绑定码 林小雨」。")
