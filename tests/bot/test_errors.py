"""What each error code of the protocol asks for, code by code (3.1–3.5, 3.7, 3.14, 3.15, 4.1–4.6)."""

from datetime import datetime

import pytest

from bot.channels.base import ApiError, TokenRefused
from bot.channels.errors import Fault, fault_in, fault_of, quota_ends
from models.base import SHANGHAI
from models.messaging import Channel

REFRESH, TRANSIENT, QUOTA, WINDOW = Fault.REFRESH, Fault.TRANSIENT, Fault.QUOTA, Fault.WINDOW
SETUP, RECEIVER, ABUSE, CONTENT = Fault.SETUP, Fault.RECEIVER, Fault.ABUSE, Fault.CONTENT

WECOM = {
    "3.1 token": {
        SETUP: [40001, 40013, 40091, 41001, 41002, 41004, 60020, 50003, 48006, 301007],
        REFRESH: [40014, 42001],
        TRANSIENT: [-1],
    },
    "3.2 message/send": {
        RECEIVER: [40003, 40031, 81013],
        SETUP: [40056, 301002, 43012],
        QUOTA: [45009],
        TRANSIENT: [45033],
        ABUSE: [40201, 40204],
        CONTENT: [
            *(40032, 40008, 40007, 40035, 40058, 41011, 41016, 41033, 44004, 45002, 45008, 40074),
            *(82001, 82002, 82003, 82004, 90200, 90204, 90206, 90208),
        ],
    },
    "3.3 template_card": {CONTENT: [42014, *range(42017, 42021), *range(42027, 42052)], SETUP: [43012]},
    "3.4 recall": {CONTENT: [42052, 40058]},
    "3.5 update_template_card": {CONTENT: [60140, 42015, 42016, 82101, 82102]},
    "3.7 media": {
        CONTENT: [
            *(40004, 40005, 40006, 40007, 40009, 40011, 44001, 45001, 45007, 301016, 301017, 40123, 41006),
        ],
        TRANSIENT: [45033],
    },
    "3.15 digest": {
        REFRESH: [40014, 42001],
        TRANSIENT: [-1, 6000, 45033, 301022],
        QUOTA: [45009],
        SETUP: [40001, 40013, 40056, 40091, 301002, 48002, 48006, 50003, 60020, 60031, 301007],
        RECEIVER: [40003, 40031, 60111, 60011, 50002, 81013, 92000],
        CONTENT: [40007, 40008, 40033, 40035, 40058, 41010, 41016, 44004, 45002, 45008, 82004],
        ABUSE: [40201, 40204],
    },
}
OFFICIAL = {
    "4.1 token": {
        REFRESH: [40001, 40014, 42001],
        SETUP: [40013, 40125, 40164, 89501, 89503],
        QUOTA: [45009],
        TRANSIENT: [-1],
    },
    "4.2 custom/send": {
        WINDOW: [45015, 45047],
        RECEIVER: [40003, 43004, 48002],
        SETUP: [48001],
        CONTENT: [40007, 45072, 45080, 45081],
    },
    "4.3 template/send": {
        SETUP: [40037, 40252, 48001],
        RECEIVER: [43004, 43101, 43117, 40003],
        ABUSE: [43116, 40249, 40251],
        CONTENT: [47001, 47003, 40250, 40165],
        QUOTA: [45009],
    },
    "4.4 subscribe": {RECEIVER: [40003, 43101, 43107, 43108], SETUP: [40037], CONTENT: [47003, 41030]},
    "4.5 OAuth": {CONTENT: [40029, 40163, 41008, 42003, 40030]},
    "4.6 digest": {
        QUOTA: [45009, 45011],
        REFRESH: [40001, 40014, 42001],
        SETUP: [40013, 40037, 48001, 48004],
        RECEIVER: [40003, 43004, 43019, 43101, 43117, 46004, 48002, 50002, 50005],
        ABUSE: [43116],
        WINDOW: [45015, 45047],
        CONTENT: [40163, 47001, 47003],
    },
}


def cases() -> list[object]:
    """Every code of every section."""
    return [
        pytest.param(channel, code, fault, id=f"{section} {code}")
        for channel, sections in ((Channel.WECOM, WECOM), (Channel.OFFICIAL, OFFICIAL))
        for section, faults in sections.items()
        for fault, codes in faults.items()
        for code in codes
    ]


@pytest.mark.parametrize(("channel", "code", "fault"), cases())
def test_an_error_code_asks_for_what_the_protocol_says(channel: Channel, code: int, fault: Fault) -> None:
    assert fault_of(channel, code) is fault
    assert fault_in(channel, ApiError(code, "…")) is fault


@pytest.mark.parametrize(
    ("channel", "code", "fault"),
    [
        (Channel.WECOM, 40001, SETUP),
        (Channel.WECOM, 40013, SETUP),
        (Channel.WECOM, 42001, SETUP),
        (Channel.WECOM, 99999, SETUP),
        (Channel.WECOM, -1, TRANSIENT),
        (Channel.WECOM, 45009, QUOTA),
        (Channel.OFFICIAL, 40001, SETUP),
        (Channel.OFFICIAL, 40164, SETUP),
        (Channel.OFFICIAL, 45011, QUOTA),
    ],
)
def test_who_is_refused_a_token_cannot_be_cured_by_one(channel: Channel, code: int, fault: Fault) -> None:
    assert fault_in(channel, TokenRefused(code, "…")) is fault


@pytest.mark.parametrize(
    ("message", "ends"),
    [
        ("api freq out of limit", "2026-03-02 08:31:00"),
        ("api minute-quota reach limit", "2026-03-02 08:31:00"),
        ("api freq out of limit, 1 hour", "2026-03-02 09:30:00"),
        ("reach max api daily quota limit", "2026-03-03 00:00:05"),
        ("reach the limit of this month", "2026-04-01 08:30:00"),
    ],
)
def test_a_block_lasts_as_long_as_its_window(message: str, ends: str) -> None:
    now = datetime(2026, 3, 2, 8, 30, tzinfo=SHANGHAI)

    assert quota_ends(message, now) == datetime.fromisoformat(ends).replace(tzinfo=SHANGHAI)
