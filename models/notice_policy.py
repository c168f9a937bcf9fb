"""What candidates are told, as data: templates with their blocks and placeholders (config/notices.toml)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Condition(StrEnum):
    """On what a block of a template depends."""

    JOB = "job"
    UNIT = "unit"
    STRENGTH = "strength"
    """The dimension in which the candidate was best."""


@dataclass(frozen=True)
class ShippedTemplate:
    """A template as it is delivered: its first version, in force until another one was reviewed."""

    name: str
    """Its title, which the candidate reads, and by which HR calls it."""
    words: str
    source: str
    jobs: frozenset[str] = frozenset()
    """It is for jobs whose name contains one of these; empty for every job (S1-07)."""
    least_score: float | None = None
    """It is for those with at least this score (S1-09)."""
    instead_of: str = ""
    """The code of the template in whose place it comes, where job and score fit."""


@dataclass(frozen=True)
class NoticeTexts:
    """All templates by their codes, and the words that stand for values and conditions in them."""

    fields: Mapping[str, str]
    """Code of a value → its name between braces in a template, such as `{姓名}`."""
    conditions: Mapping[Condition, str]
    """What a block depends on → its name in the brackets before the block, such as `[岗位 柜员]`."""
    moment: str
    """How a moment is written: `{month}`, `{day}`, `{weekday}`, `{time}`."""
    weekdays: tuple[str, ...]
    spoken: Mapping[str, str]
    """Code → title of what is said in words of its own, as the answer to a request."""
    alternatives: Mapping[str, str]
    """Code of what stands in for a stage → how an invitation to it calls it (S0-31)."""
    templates: Mapping[str, ShippedTemplate] = field(default_factory=dict)

    def title(self, code: str) -> str:
        """What a notice is called; its code where that is gone."""
        template = self.templates.get(code)
        return template.name if template else self.spoken.get(code, code)

    def __post_init__(self) -> None:
        """Refuse what cannot be read."""
        if set(self.conditions) != set(Condition) or len(self.weekdays) != 7:
            raise ValueError("conditions or weekdays are not complete")
        for code, template in self.templates.items():
            if template.instead_of and template.instead_of not in self.templates:
                raise ValueError(f"{code}.instead_of: {template.instead_of}")
