"""Taking a person's words out of what others wrote or were told, without dropping the rest of it."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, inspect, literal, or_, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

ERASED = "已删除"
"""What stands where a name stood."""
PAGE = 200
_NUMBER = re.compile(r"(?<!\d)(?:[1１](?:[\s\-]*\d){10}|(?:\d[\s\-]*){17}[\dXxＸｘ])(?!\d)")
TYPES = frozenset({"msgtype", "MsgType", "Event", "card_type", "type"})
"""Values under these names are the platform's words, never a person's."""


class Words:
    """What must not be readable any more: names, accounts, numbers."""

    def __init__(self, values: Iterable[str | None]) -> None:
        found = {value.strip() for value in values if value and len(value.strip()) > 1}
        longest_first = sorted(found, key=len, reverse=True)
        self._patterns = [_pattern(value) for value in longest_first]
        self._likes = [like for value in longest_first for like in _likes(value)]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def out_of(self, value: Any) -> Any:
        """The same text or JSON value without them."""
        if isinstance(value, str):
            for pattern in self._patterns:
                value = pattern.sub(ERASED, value)
            return value
        if isinstance(value, Mapping):
            return {
                self.out_of(name): one if name in TYPES else self.out_of(one) for name, one in value.items()
            }
        if isinstance(value, list):
            return [self.out_of(one) for one in value]
        if isinstance(value, int) and not isinstance(value, bool):
            text = str(value)
            return value if self.out_of(text) == text else 0
        return value

    def in_column(self, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """Rows in which one of them may stand; JSON is stored with escapes, and is searched so too."""
        text = func.lower(cast(column, Text))
        return or_(*(text.like(like, escape="!") for like in self._likes))


def _pattern(value: str) -> "re.Pattern[str]":
    if re.fullmatch(r"\d{6,}[Xx]?", value):  # people write numbers in groups
        digits = r"[\s\-]*".join(f"[{one}{_full_width(one)}]" for one in value)
        return re.compile(rf"(?<!\d){digits}(?!\d)", re.IGNORECASE)
    if value.isascii():
        return re.compile(rf"(?<![0-9A-Za-z_]){re.escape(value)}(?![0-9A-Za-z_])", re.IGNORECASE)
    return re.compile(re.escape(value))


def _likes(value: str) -> Iterable[str]:
    """What finds it in the lower-case text of a column, and some more."""
    number = re.fullmatch(r"\d{6,}[Xx]?", value)
    for typed in (value, _full_width(value)) if number else (value,):
        parts = [typed[:3], typed[3:7], typed[7:]] if number else [typed]
        for in_json in (False, True):
            forms = [json.dumps(part)[1:-1] if in_json else part for part in parts]
            yield f"%{'%'.join(_escaped(form) for form in forms)}%"


def _escaped(text: str) -> str:
    return re.sub(r"([!%_])", r"!\1", text.lower())


def _full_width(text: str) -> str:
    """The same in the wide letters of a Chinese keyboard."""
    return "".join(chr(ord(one) + 0xFEE0) for one in text)


def without_numbers(text: str) -> str:
    """A text without anything that looks like a mobile or an identity number, whoever's it is."""
    return _NUMBER.sub(ERASED, text)


def redact(
    session: Session,
    column: InstrumentedAttribute[Any],
    words: Words,
    *,
    further: Callable[[Any], Any] = lambda value: value,
) -> int:
    """Take the words out of a column of text or JSON, row by row; returns how many rows changed.

    `further` is applied to each value in which one of them stood.
    """
    if not words:
        return 0
    table = column.class_
    keys: Sequence[Any] = [getattr(table, key.key) for key in inspect(table).primary_key]
    changed = 0
    last: tuple[Any, ...] | None = None
    while True:
        statement = select(*keys, column).where(words.in_column(column)).order_by(*keys).limit(PAGE)
        if last is not None:
            reached = [literal(value, key.type) for key, value in zip(keys, last, strict=True)]
            statement = statement.where(tuple_(*keys) > tuple_(*reached))
        rows = session.execute(statement).all()
        for *key, value in rows:
            clean = words.out_of(value)
            if clean != value:
                clean = further(clean)
                here = [one == known for one, known in zip(keys, key, strict=True)]
                session.execute(update(table).where(*here).values({column.key: clean}))
                changed += 1
        if len(rows) < PAGE:
            return changed
        last = tuple(rows[-1][:-1])
