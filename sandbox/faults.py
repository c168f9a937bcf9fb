"""What can go wrong on purpose: outages, slow answers, lost and repeated callbacks."""

from dataclasses import dataclass
from typing import Any

from sandbox.errors import ControlError

NAMES = frozenset(
    {
        "api_delay_ms",
        "api_errcode",
        "api_http_status",
        "api_timeout",
        "accept_then_drop",
        "callback_drop",
        "callback_double",
        "callback_shuffle",
        "callback_bad_signature",
        "token_expired",
        "token_revoked",
        "delivery_drop",
        "out_of_reach",
        "sms_error",
    }
)
WORDED = frozenset({"sms_error"})
"""Faults whose value is a word: the vendor's error code."""


@dataclass
class Fault:
    """One fault: how strong, how many times more, and for which addresses."""

    name: str
    value: float
    times: int | None = None
    path: str | None = None
    person: str | None = None
    """Only this person, by id or phone number."""
    word: str = ""
    every: int = 1
    """It strikes at every so many chances."""
    chances: int = 0

    def as_json(self) -> dict[str, Any]:
        """The fault as it was set, with the times that are left."""
        return {
            "name": self.name,
            "value": self.word or self.value,
            "times": self.times,
            "path": self.path,
            "person": self.person,
            "every": self.every,
        }


class Faults:
    """The faults now set."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def set(self, body: dict[str, Any]) -> None:
        """Replace all faults: ``{name: value}``, ``{name: {value, times, path, …}}``, or lists."""
        faults = []
        for name, given in body.items():
            if name not in NAMES:
                raise ControlError(f"没有这种故障：{name}。可用：{', '.join(sorted(NAMES))}")
            for one in given if isinstance(given, list) else [given]:
                fault = self._read(name, one)
                if fault is not None:
                    faults.append(fault)
        self._faults = faults

    @staticmethod
    def _read(name: str, given: Any) -> Fault | None:
        detail = given if isinstance(given, dict) else {"value": given}
        value = detail.get("value", True)
        if value is None or value is False or (value == 0 and not isinstance(value, bool)):
            return None
        if isinstance(value, str) is not (name in WORDED) or not isinstance(value, bool | int | float | str):
            raise ControlError(f"{name} 的 value 必须是{'错误码文字' if name in WORDED else '数字或 true'}")
        times = detail.get("times")
        if times is not None and (not isinstance(times, int) or times < 1):
            raise ControlError(f"{name} 的 times 必须是正整数")
        every = detail.get("every", 1)
        if not isinstance(every, int) or every < 1:
            raise ControlError(f"{name} 的 every 必须是正整数")
        path, person = (str(detail[key]) if detail.get(key) else None for key in ("path", "person"))
        if name in WORDED:
            return Fault(name, 1.0, times, path, person, word=str(value), every=every)
        return Fault(name, float(value), times, path, person, every=every)

    def take(self, name: str, path: str = "", person: str = "") -> float | None:
        """The strength of the fault if it strikes now, counting this strike."""
        fault = self.strike(name, path, person)
        return None if fault is None else fault.value

    def strike(self, name: str, path: str = "", person: str = "") -> Fault | None:
        """The fault if it strikes now, counting this strike."""
        for fault in self._faults:
            if fault.name != name or (fault.path and fault.path not in path):
                continue
            if fault.person and fault.person.lower() != person.lower():
                continue
            fault.chances += 1
            if fault.chances % fault.every:
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
            return fault
        return None

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._faults = []

    def as_json(self) -> list[dict[str, Any]]:
        """The faults that are left."""
        return [fault.as_json() for fault in self._faults]
