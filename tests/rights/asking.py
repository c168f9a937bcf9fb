"""How each action of config/rights.toml is asked, in the chat and by the API: one line an action.

Words may hold `{account}`, `{name}`, `{unit}` and `{unit_id}` of the target. An action that names no
target and lists what is within reach instead is `listed`; one that only ever concerns the asker is `own`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.app import Muster
from tests.rights.organisation import Target


@dataclass(frozen=True)
class Ask:
    """One action, asked."""

    chat: str
    api: tuple[str, str]
    body: Mapping[str, Any] | None = None
    listed: bool = False
    """The answer names the targets that are within reach; nobody is refused for those who are not."""
    own: bool = False
    """It concerns the asker alone: other targets are not asked about."""
    units: bool = False
    """The target is a unit, so that a right over oneself alone allows nothing."""
    before: Callable[[Muster, Target], None] | None = None
    """What has to be so for there to be anything to do."""


HOW = {
    "attendance.check_in": Ask("打卡", ("POST", "/checkins"), body={}, own=True),
    "attendance.see_team": Ask("谁没打卡", ("GET", "/attendance/team"), listed=True),
    "messages.see_delivery": Ask("消息状态 {account}", ("GET", "/people/{account}/messages")),
    "messages.recall": Ask("撤回 {account}", ("POST", "/people/{account}/messages/recall"), body={}),
    "people.see": Ask("找人 {account}", ("GET", "/people/{account}")),
    "people.reveal_phone": Ask("电话 {account}", ("POST", "/people/{account}/phone"), body={}),
    "people.export": Ask(
        "导出名单 {unit}", ("POST", "/people/export"), body={"unit": "{unit_id}"}, units=True
    ),
    "people.export_full": Ask(
        "导出名单 {unit} 完整 原因：合规抽查",
        ("POST", "/people/export"),
        body={"unit": "{unit_id}", "full": True, "reason": "合规抽查"},
        units=True,
    ),
}

ELSEWHERE = frozenset(
    {
        "audit.see",
        "people.erase",
        "people.join",
        "people.see_joining",
        "people.move",
        "people.leave",
        "people.appoint",
        "people.cover",
        "handover.steer",
        "handover.answer",
        "checklist.work",
        "turnover.see",
        "candidates.see",
        "candidates.see_contact",
        "candidates.bind",
        "candidates.merge",
        "candidates.admit",
        "candidates.correct",
        "files.see",
        "files.see_health",
    }
)
"""Actions that the conversations of tests/chat ask about, and no table yet."""
