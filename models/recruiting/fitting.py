"""How far somebody fits a job: points by dimension against what it asks for, and what the résumé names.

It helps to decide and decides nothing: nobody is hired or rejected by a number alone (S0-39).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from models.flows import FlowVersion
from models.recruiting.rules import rounded


@dataclass(frozen=True)
class Measured:
    """A dimension of a job and what somebody has in it."""

    name: str
    requirement: int
    weight: int
    ai: float | None
    """Points of the AI interview."""
    people: float | None
    """The mean of the interviewers' sheets."""

    @property
    def points(self) -> float | None:
        """What counts: the interviewers' points where there are any, else those of the AI interview."""
        return self.ai if self.people is None else self.people

    @property
    def gap(self) -> float:
        """So many points are lacking; 0 where nothing is, or nothing is known."""
        return 0.0 if self.points is None else rounded(max(0.0, self.requirement - self.points))


@dataclass(frozen=True)
class Fit:
    """How far somebody fits a job, as far as it is known."""

    measured: Sequence[Measured]
    named: Sequence[str]
    """What the résumé names of that which speaks for the job."""
    lacking: Sequence[str]
    """What it does not name; nothing if there is no résumé."""
    resume: bool

    @property
    def known(self) -> Sequence[Measured]:
        """The dimensions of which there are points."""
        return [one for one in self.measured if one.points is not None]

    @property
    def met(self) -> Sequence[Measured]:
        """Those that reach what the job asks for."""
        return [one for one in self.known if not one.gap]

    @property
    def gaps(self) -> Sequence[Measured]:
        """Those that do not, the widest gap first."""
        return sorted((one for one in self.known if one.gap), key=lambda one: -one.gap)

    @property
    def percent(self) -> int | None:
        """The weighted share of what is asked for, over what is known; more than enough is enough."""
        weights = sum(one.weight for one in self.known)
        if not weights:
            return None
        reached = sum(
            one.weight * min(1.0, (one.points or 0.0) / one.requirement if one.requirement else 1.0)
            for one in self.known
        )
        return int(reached / weights * 100 + 0.5)


def measure(
    version: FlowVersion, ai: Mapping[str, float], sheets: Sequence[Mapping[str, float]]
) -> list[Measured]:
    """Every dimension of the job with what somebody has in it."""
    found = []
    for one in version.dimensions:
        points = [float(sheet[one.name]) for sheet in sheets if one.name in sheet]
        people = rounded(sum(points) / len(points)) if points else None
        found.append(Measured(one.name, one.requirement, one.weight, ai.get(one.name), people))
    return found


def fit_of(
    version: FlowVersion,
    *,
    ai: Mapping[str, float],
    sheets: Sequence[Mapping[str, float]],
    hits: Collection[str],
    resume: bool,
) -> Fit:
    """How far somebody fits: points against requirements, words of the résumé against those of the job."""
    named: list[str] = []
    lacking: list[str] = []
    for keyword in version.keywords:
        found = [word for word in keyword.words if word in hits]
        (named if found else lacking).append(found[0] if found else keyword.words[0])
    return Fit(measure(version, ai, sheets), named, lacking if resume else (), resume)
