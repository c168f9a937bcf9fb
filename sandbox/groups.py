"""Group chats of a corp and the robots in them (protocol 3.6 and 5)."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class GroupChat:
    """A group chat; ``agent_id`` names the app that made it, none if members did."""

    chatid: str
    corp: str
    name: str
    owner: str
    users: list[str]
    agent_id: int | None = None
    dissolved: bool = False
    messages: list[dict[str, Any]] = field(default_factory=list)
    """What was said, once each, oldest first."""

    def has(self, userid: str) -> bool:
        """Whether this member is in the group."""
        return userid.lower() in {user.lower() for user in self.users}

    def as_json(self) -> dict[str, Any]:
        """The group as the control interface shows it."""
        return {
            "chatid": self.chatid,
            "corp": self.corp,
            "name": self.name,
            "owner": self.owner,
            "users": self.users,
            "agent_id": self.agent_id,
            "dissolved": self.dissolved,
        }


@dataclass
class Robot:
    """A webhook into one group; the key is its secret."""

    key: str
    corp: str
    chatid: str
    name: str
    enabled: bool = True

    @property
    def media_home(self) -> str:
        """Where its uploads are kept: nobody else may send them."""
        return f"robot:{self.key}"
