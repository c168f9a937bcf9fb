"""What people say, and the count of what they get for it: on their phones, at the receiving end."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.client import Sandbox

UNSEEN = "\u200b\u200c"
"""What marks equal messages, so that the platform does not take one for a repeat (docs/adr/0012)."""
HELP = "帮助"


@dataclass
class Count:
    """Of all questions: which were answered too seldom, and which too often."""

    lost: dict[str, int] = field(default_factory=dict)
    doubled: dict[str, int] = field(default_factory=dict)


class Talk:
    """Everything that is said from here on; each sentence has exactly one answer."""

    def __init__(self, sandbox: Sandbox, people: Iterable[str]) -> None:
        self._sandbox = sandbox
        self.said: dict[str, list[str]] = {person: [] for person in people}
        self._before = {person: self._last_seq(person) for person in self.said}

    @property
    def people(self) -> list[str]:
        """Who takes part."""
        return list(self.said)

    def say(self, person: str, text: str) -> None:
        """Somebody types a text."""
        self._sandbox.person(person).say(text)
        self.said[person].append(text)

    def everybody_says(self, text: str) -> None:
        """All of them type the same text at once."""
        for person in self.said:
            self.say(person, text)

    def wait(self, seconds: float = 60) -> float:
        """Until there are as many answers as questions, or the time is over; returns how long it took."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            if all(len(self.answers(person)) >= len(asked) for person, asked in self.said.items()):
                break
            time.sleep(0.3)
        return time.monotonic() - started

    def answers(self, person: str) -> list[str]:
        """What a phone got since then, without the reminders that nobody asked for."""
        inbox = self._sandbox.person(person).inbox(self._before[person])
        texts = [str(m["text"]).strip(UNSEEN) for m in inbox if m["direction"] == "in"]
        return [text for text in texts if "上班，还没打卡" not in text]

    def count(self) -> Count:
        """What is wrong with the answers; both empty if all is well."""
        found = Count()
        for person, asked in self.said.items():
            got = self.answers(person)
            for text, times in Counter(asked).items():
                answers = sum(_answers(text, answer) for answer in got)
                if answers < times:
                    found.lost[f"{person}: {text}"] = times - answers
                if answers > times:
                    found.doubled[f"{person}: {text}"] = answers - times
        return found

    def _last_seq(self, person: str) -> int:
        return int(self._sandbox.call("GET", f"people/{person}/inbox")["last_seq"])


def _answers(text: str, answer: str) -> bool:
    """Whether this is the answer to that."""
    return "你可以直接发给我" in answer if text == HELP else f"没听懂「{text}」" in answer
