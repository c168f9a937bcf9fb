"""Flows of hiring: the stages through which an application goes, as versioned data.

A flow is one file of config/flows; each of its versions is whole and holds from a day on, until the next one
does. An application keeps the version with which it began (S0-01, S0-13).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class StageKind(StrEnum):
    """What happens in a stage."""

    AI_INTERVIEW = "ai_interview"
    INTERVIEW = "interview"
    WRITTEN_TEST = "written_test"
    SIMULATION = "simulation"
    BACKGROUND = "background"
    MEDICAL = "medical"
    OFFER = "offer"
    ONBOARDING = "onboarding"
    SUPPLEMENTARY = "supplementary"


ALTERNATIVES = frozenset({StageKind.WRITTEN_TEST, StageKind.INTERVIEW, StageKind.SIMULATION})
"""What may stand in for a missed AI interview (S0-31)."""


@dataclass(frozen=True)
class Dimension:
    """Something that is scored for a job, with what the job asks of it."""

    name: str
    weight: int
    """Per cent of the sheet's total."""
    requirement: int
    """Points out of 100; below, it is weak."""
    questions: tuple[str, ...] = ()
    """What an interviewer may ask about it (S2-06)."""

    def __post_init__(self) -> None:
        """Shares and points are between 0 and 100."""
        if not (0 < self.weight <= 100 and 0 <= self.requirement <= 100):
            raise ValueError(f"dimensions.{self.name}")


@dataclass(frozen=True)
class FlowStage:
    """One stage of a flow."""

    code: str
    name: str
    """What people call it."""
    kind: StageKind
    mandatory: bool = True
    """Whether missing it freezes the application (S0-15)."""
    pass_line: int | None = None
    """From so many points on the stage is passed by itself (S0-16); below, a named human decides."""
    requires: tuple[str, ...] = ()
    """Codes of the stages that must be passed before (S0-14)."""
    duration_minutes: int = 30
    top_share: int | None = None
    """The best so many per cent go on, ties included (S2-04); of the others a named human decides."""
    interviewer: str | None = None
    """The role that holds it."""

    def __post_init__(self) -> None:
        """Nothing outside its range."""
        if self.pass_line is not None and not 0 <= self.pass_line <= 100:
            raise ValueError(f"stages.{self.code}.pass_line")
        if self.top_share is not None and not 0 < self.top_share <= 100:
            raise ValueError(f"stages.{self.code}.top_share")
        if self.duration_minutes < 1:
            raise ValueError(f"stages.{self.code}.duration_minutes")


@dataclass(frozen=True)
class Keyword:
    """Words of a résumé that speak for the job (S0-35)."""

    words: tuple[str, ...]
    points: int


@dataclass(frozen=True)
class FlowExample:
    """A situation and what the version says of it; every one is tried when the flows are read."""

    says: str
    """The example in words."""
    passed: tuple[str, ...] = ()
    """Stages that are passed."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Stage → the score that has come; whether it is passed follows from it."""
    missed: tuple[str, ...] = ()
    screen: float | None = None
    """The score of the résumé."""
    spared: bool = False
    """A request is open, or the notice did not arrive."""
    opens: str = ""
    """The stage somebody wants to open."""
    allowed: bool = True
    missing: tuple[str, ...] = ()
    """The stages that are in the way."""
    current: str = ""
    """Where the application stands; empty: not asked."""
    adjusted: float | None = None
    """The recommended score; none: not asked."""


@dataclass(frozen=True)
class FlowVersion:
    """All values of a flow from a day on."""

    version: str
    valid_from: date
    note: str
    source: str
    stages: tuple[FlowStage, ...]
    dimensions: tuple[Dimension, ...]
    done_percent: int = 120
    not_done_percent: int = 85
    """The factors of the recommended score, with and without the AI interview (S0-12)."""
    screen_percent: int = 40
    """The share of the AI interview in the first-screening score (S0-02)."""
    keywords: tuple[Keyword, ...] = ()
    examples: tuple[FlowExample, ...] = ()

    def __post_init__(self) -> None:
        """Every stage has its own code and requires only what stands before it; the weights make 100."""
        before: set[str] = set()
        for stage in self.stages:
            if stage.code in before or not set(stage.requires) <= before:
                raise ValueError(f"stages.{stage.code}")
            before.add(stage.code)
        if not self.stages or not self.note or not self.source:
            raise ValueError("stages, note, source")
        if sum(one.weight for one in self.dimensions) != 100:
            raise ValueError("dimensions: weights")
        if not 0 <= self.screen_percent <= 100 or min(self.done_percent, self.not_done_percent) < 0:
            raise ValueError("percent")

    def stage(self, code: str) -> FlowStage | None:
        """The stage with this code."""
        return next((one for one in self.stages if one.code == code), None)

    def dimension(self, name: str) -> Dimension | None:
        """The dimension with this name."""
        return next((one for one in self.dimensions if one.name == name), None)


@dataclass(frozen=True)
class Flow:
    """How people are hired for some jobs."""

    name: str
    title: str
    """What people call it."""
    alternative: StageKind
    """What stands in for the AI interview (S0-31)."""
    alternative_dimensions: tuple[str, ...] = ()
    """What is scored then (S0-33); none: the dimensions of the job."""
    jobs: tuple[str, ...] = ()
    """Parts of the names of the jobs it serves; none: every job that no other flow serves."""
    versions: Sequence[FlowVersion] = field(default_factory=tuple)
    """From the oldest to the newest."""

    def __post_init__(self) -> None:
        """There is a version, and they follow each other."""
        days = [version.valid_from for version in self.versions]
        names = {version.version for version in self.versions}
        if not days or days != sorted(set(days)) or len(names) != len(days):
            raise ValueError("versions")
        if self.alternative not in ALTERNATIVES:
            raise ValueError("alternative")

    def on(self, day: date) -> FlowVersion:
        """The version in force on a day; before the first one, the first one."""
        valid = [version for version in self.versions if version.valid_from <= day]
        return valid[-1] if valid else self.versions[0]

    def called(self, version: str) -> FlowVersion:
        """The version with this name; the newest one if it was taken out of the file."""
        return next((one for one in self.versions if one.version == version), self.versions[-1])


def flow_for(flows: Mapping[str, Flow], job: str) -> Flow:
    """The flow that serves a job: the one with the longest part of its name, else the one for every job."""
    fitting = [(len(part), flow.name) for flow in flows.values() for part in flow.jobs if part in job]
    if fitting:
        return flows[max(fitting)[1]]
    return next(flow for flow in flows.values() if not flow.jobs)
