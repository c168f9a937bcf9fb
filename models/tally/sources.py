"""Where tallies come from: each part of a source is a SELECT of the very records that it counts.

A tally is that SELECT added up, and the list of records behind a figure is the same SELECT, not added up.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, union_all
from sqlalchemy.sql import Subquery

from models.base import SHANGHAI, among

Who = Callable[[Any], ColumnElement[bool]]
"""Makes the condition by which a column is one of those who are asked about."""
Part = Callable[[Who], Sequence[Select[Any]]]
"""The SELECTs of one part: employee_id, measure, day, entry_bucket, id, case_id, value and count of its
records, from the parameter `first` (`first_at`) to `last` (before `end_at`)."""


@dataclass(frozen=True)
class Source:
    """A kind of record, with all that is counted of it: one question answers for all of them."""

    name: str
    parts: Mapping[str, Part]
    """By what is counted."""


sources: dict[str, Source] = {}
"""By name."""


def named(source: Source) -> Source:
    """Let a source be known; its name and what it counts are its own."""
    sources[source.name] = source
    return source


def rows_of(source: Source, who: Who, *measures: str) -> Subquery:
    """The records of a source, or of some of what it counts, between `first` and `last`."""
    selects = [one for name in measures or source.parts for one in source.parts[name](who)]
    return union_all(*selects).subquery("records")


def one_person(column: Any) -> ColumnElement[bool]:
    """Of the person that the parameter `person` names."""
    condition: ColumnElement[bool] = column == bindparam("person")
    return condition


def several(column: Any) -> ColumnElement[bool]:
    """Of those that the parameter `people` names."""
    return among(column)


def begins(day: date) -> datetime:
    """The first moment of a day in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)
