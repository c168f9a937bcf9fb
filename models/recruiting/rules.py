"""Pure decisions about hiring: what is open and why not, which result counts, what a score is worth."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from models.flows import FlowExample, FlowVersion, Keyword, StageKind
from models.recruiting.kinds import RequestKind, StageStatus, StopReason, Tag

CLEARED = frozenset({StageStatus.PASSED, StageStatus.WAIVED})
"""What lets the stages after it open."""
TO_COME = frozenset({StageStatus.PENDING, StageStatus.SCHEDULED, StageStatus.ALTERNATIVE})


class Stage(Protocol):
    """What the rules look at of a stage."""

    code: Any
    kind: Any
    position: Any
    mandatory: Any
    status: Any


# --- the order of the stages -----------------------------------------------------------------------


def required_for(version: FlowVersion, stages: Iterable[Stage], code: str) -> list[str]:
    """The codes that must be passed before a stage: those of the flow, and what was inserted before it."""
    in_order = sorted(stages, key=lambda one: one.position)
    mine = next(one.position for one in in_order if one.code == code)
    here = version.stage(code)
    inserted = [one.code for one in in_order if version.stage(one.code) is None and one.position < mine]
    if here is None:  # it was inserted itself: whatever stands before it
        before = [one.code for one in in_order if one.position < mine and one.mandatory]
        return before[-1:]
    return [*here.requires, *inserted]


def missing_for(version: FlowVersion, stages: Sequence[Stage], code: str) -> list[str]:
    """The codes that are still in the way of a stage (S0-14)."""
    status = {one.code: one.status for one in stages}
    return [one for one in required_for(version, stages, code) if status.get(one) not in CLEARED]


def current_of(stages: Iterable[Stage]) -> Stage | None:
    """The first stage that is neither passed nor waived; None if there is none."""
    in_order = sorted(stages, key=lambda one: one.position)
    return next((one for one in in_order if one.status not in CLEARED), None)


def tag_of(stages: Iterable[Stage], *, gave_up: bool) -> Tag:
    """How far somebody is with the AI interview (S0-08)."""
    done = (StageStatus.COMPLETED, StageStatus.FAILED, *CLEARED)
    if any(one.kind == StageKind.AI_INTERVIEW and one.status in done for one in stages):
        return Tag.DONE
    return Tag.GAVE_UP if gave_up else Tag.NOT_DONE


def status_after(score: float | None, *, pass_line: int | None, top_share: int | None) -> StageStatus:
    """What a score makes of a stage by itself: passed, or completed until a named human decides.

    Nobody is rejected by a number, and a stage with a cut waits for the ranking (S0-16, S2-03, S2-04).
    """
    if score is not None and pass_line is not None and score >= pass_line and top_share is None:
        return StageStatus.PASSED
    return StageStatus.COMPLETED


def best(scores: Mapping[int, float], share: int) -> frozenset[int]:
    """Who is among the best so many per cent; whoever is level with the last of them is, too (S2-04)."""
    if not scores:
        return frozenset()
    places = max(1, -(-len(scores) * share // 100))
    last = sorted(scores.values(), reverse=True)[places - 1]
    return frozenset(one for one, score in scores.items() if score >= last)


# --- scores ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Score:
    """What somebody is worth in the lists, and how that came about (S0-12)."""

    base: float | None
    percent: int
    """The factor, 120 for × 1.20."""
    adjusted: float | None
    why: str
    """`done`, `missed`, `not_due`, or why it costs nothing: `request_open`, `not_at_fault`, `made_up`."""


def base_of(version: FlowVersion, *, ai: float | None, screen: float | None) -> float | None:
    """The first-screening score: AI interview and résumé by their shares, or the one that is there."""
    if ai is None or screen is None:
        return ai if screen is None else screen
    share = version.screen_percent
    return rounded((ai * share + screen * (100 - share)) / 100)


def score_of(
    version: FlowVersion, *, ai: float | None, screen: float | None, done: bool, missed: bool, spared: str
) -> Score:
    """The recommended score: base × factor, within 0 and 100.

    Who was absent pays only if nothing speaks for them: `spared` is the reason why not (requirements, S0-12
    against S0-41). Before it was due nobody was absent.
    """
    base = base_of(version, ai=ai, screen=screen)
    percent, why = 100, spared or "not_due"
    if done:
        percent, why = version.done_percent, "done"
    elif missed and not spared:
        percent, why = version.not_done_percent, "missed"
    adjusted = None if base is None else rounded(min(100.0, max(0.0, base * percent / 100)))
    return Score(base, percent, adjusted, why)


def rounded(value: float) -> float:
    """One decimal, a half goes up."""
    return float(Decimal(str(round(value, 6))).quantize(Decimal("0.1"), ROUND_HALF_UP))


def hits_of(keywords: Iterable[Keyword], text: str) -> tuple[list[str], int]:
    """The words of a résumé that speak for the job, and what they are worth together, at most 100 (S0-35)."""
    plain = unicodedata.normalize("NFKC", text).lower()
    hits, points = [], 0
    for keyword in keywords:
        found = [word for word in keyword.words if word.lower() in plain]
        hits += found
        points += keyword.points if found else 0
    return hits, min(points, 100)


def weak(version: FlowVersion, dimensions: Mapping[str, float]) -> list[tuple[str, float, int]]:
    """Dimension, points, and what the job asks for, of each below it; the widest gap first (S2-05, S2-06)."""
    below = [
        (one.name, dimensions[one.name], one.requirement)
        for one in version.dimensions
        if one.name in dimensions and dimensions[one.name] < one.requirement
    ]
    return sorted(below, key=lambda one: one[1] - one[2])


def sheet_total(version: FlowVersion, scores: Mapping[str, float]) -> float | None:
    """The weighted points of a sheet; None unless every dimension was scored (S0-06)."""
    if not scores or not all(one.name in scores for one in version.dimensions):
        return None
    return rounded(sum(scores[one.name] * one.weight for one in version.dimensions) / 100)


# --- time ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stop:
    """A stretch that does not count."""

    why: str
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True)
class Window:
    """The time within which another chance can be asked for."""

    open: bool
    ends_at: datetime | None
    """None while it stands still."""
    stopped_by: str | None = None
    """A code of `StopReason`: why it stands still."""
    begun: bool = True
    """Whether anything was missed at all."""


def window_of(missed_at: datetime | None, stops: Sequence[Stop], *, at: datetime, days: int) -> Window:
    """The window after a miss: natural days, and no stop counts, however many overlap (S0-32).

    Its last moment is `ends_at` itself. Before the miss there is none; a stop from before it counts from it.
    """
    if missed_at is None:
        return Window(open=False, ends_at=None, begun=False)
    end = missed_at + timedelta(days=days)
    for begin, until, why in _stretches(stops, missed_at, at):
        if begin > end:
            break
        if until is None:
            return Window(open=True, ends_at=None, stopped_by=why)
        end += until - begin
    return Window(open=at <= end, ends_at=end)


def _stretches(
    stops: Iterable[Stop], since: datetime, at: datetime
) -> list[tuple[datetime, datetime | None, str]]:
    """The stops from a moment on, those that overlap put together; None: it stands now."""
    found: list[tuple[datetime, datetime | None, str]] = []
    for stop in sorted(stops, key=lambda one: one.from_at):
        begin, until = max(stop.from_at, since), stop.until_at
        if begin > at or (until is not None and until <= begin):
            continue
        if until is not None and until > at:
            until = None
        if found and (found[-1][1] is None or begin <= found[-1][1]):
            first, last, why = found.pop()
            if last is None or until is None:
                found.append((first, None, why if last is None else stop.why))
            else:
                found.append((first, max(last, until), why))
        else:
            found.append((begin, until, stop.why))
    return found


def newer(mine: tuple[datetime, str], known_at: datetime | None, known_event: str | None) -> bool:
    """Whether a result counts before the one that is known: later, or by its id at the same moment."""
    return known_at is None or mine > (known_at, known_event or "")


# --- what is allowed -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Action:
    """Something that could be done with an application now."""

    code: str
    allowed: bool
    why_not: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """What decides about the actions of one application."""

    open: bool
    """Whether nobody has decided about the application."""
    frozen: bool
    window: Window
    open_request: bool
    used: frozenset[str] = frozenset()
    """The kinds of requests that were approved for the current stage."""
    late: bool = False
    """Whether it is too late even for an exception."""


def actions_of(version: FlowVersion, stages: Sequence[Stage], standing: Standing) -> list[Action]:
    """Everything that could be done, and why not (capability 1).

    Codes: `schedule`, `decide`, `override`, `insert` for our side; `remedial`, `alternative`, `review`,
    `withdraw` for the candidate's.
    """
    current = current_of(stages)
    if not standing.open or current is None:
        why = "settled" if not standing.open else "all_passed"
        codes = ("schedule", "decide", "override", "insert", "remedial", "alternative", "review", "withdraw")
        return [Action(code, allowed=False, why_not=why) for code in codes]
    return [
        _may_schedule(version, stages, current, standing),
        _verdict("decide", _undecidable(current)),
        _verdict("override", ""),
        _verdict("insert", ""),
        _verdict("remedial", ask_why_not(current, standing, RequestKind.REMEDIAL)),
        _verdict("alternative", ask_why_not(current, standing, RequestKind.ALTERNATIVE)),
        _verdict("review", ask_why_not(current, standing, RequestKind.REVIEW)),
        _verdict("withdraw", "" if standing.open_request else "no_request"),
    ]


def _verdict(code: str, why_not: str) -> Action:
    return Action(code, allowed=not why_not, why_not=why_not)


def _undecidable(stage: Stage) -> str:
    return "request_open" if stage.status == StageStatus.REMEDIAL_REQUESTED else ""


def _may_schedule(
    version: FlowVersion, stages: Sequence[Stage], current: Stage, standing: Standing
) -> Action:
    missing = missing_for(version, stages, current.code)
    if missing:
        return Action("schedule", allowed=False, why_not="stage_missing", facts={"missing": missing})
    if standing.frozen:
        return Action("schedule", allowed=False, why_not="frozen", facts={"stage": current.code})
    if current.status not in TO_COME:
        return Action("schedule", allowed=False, why_not=str(current.status))
    return Action("schedule", allowed=True)


def ask_why_not(stage: Stage, standing: Standing, kind: RequestKind) -> str:
    """Why a candidate cannot ask for this now; empty if they can (S0-24, S0-32).

    Codes: `request_open`, `used`, `not_missed`, `too_late`, `no_ai_stage`, `no_result`.
    """
    if standing.open_request:
        return "request_open"
    if kind in standing.used:
        return "used"
    if kind == RequestKind.REVIEW:
        return "" if stage.status in (StageStatus.COMPLETED, StageStatus.FAILED) else "no_result"
    if stage.status not in (StageStatus.NO_SHOW, StageStatus.REMEDIAL_REQUESTED):
        return "not_missed"
    if kind == RequestKind.ALTERNATIVE:
        if stage.kind != StageKind.AI_INTERVIEW:
            return "no_ai_stage"
        return "" if standing.window.open else "too_late"
    return "too_late" if standing.late else ""


# --- examples --------------------------------------------------------------------------------------


@dataclass
class _ExampleStage:
    code: str
    kind: str
    position: int
    mandatory: bool
    status: str


def contradictions(example: FlowExample, version: FlowVersion) -> list[str]:
    """What a version says otherwise than its example; nothing if the two agree."""
    stages = []
    for position, stage in enumerate(version.stages):
        status = StageStatus.PENDING
        if stage.code in example.scores:
            status = status_after(
                example.scores[stage.code], pass_line=stage.pass_line, top_share=stage.top_share
            )
        if stage.code in example.missed:
            status = StageStatus.NO_SHOW
        if stage.code in example.passed:
            status = StageStatus.PASSED
        stages.append(_ExampleStage(stage.code, stage.kind, position, stage.mandatory, status))
    wrong = []
    if example.current:
        current = current_of(stages)
        if current is None or current.code != example.current:
            wrong.append(f"current = {current and current.code}")
    if example.opens:
        missing = missing_for(version, stages, example.opens) if version.stage(example.opens) else ["?"]
        if (not missing) != example.allowed or tuple(missing) != example.missing:
            wrong.append(f"missing = {missing}")
    if example.adjusted is not None:
        ai = [one for one in stages if one.kind == StageKind.AI_INTERVIEW]
        scores = [example.scores[one.code] for one in ai if one.code in example.scores]
        score = score_of(
            version,
            ai=scores[0] if scores else None,
            screen=example.screen,
            done=bool(scores),
            missed=any(one.code in example.missed for one in ai),
            spared="request_open" if example.spared else "",
        )
        if score.adjusted != example.adjusted:
            wrong.append(f"adjusted = {score.adjusted}")
    return wrong


# --- results from outside --------------------------------------------------------------------------

MOST_DIMENSIONS = 30
LONGEST = {"event_id": 100, "application_no": 40, "stage": 40, "report_url": 500}
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,50}")


@dataclass(frozen=True)
class Result:
    """One interview result, as it is entered."""

    event_id: str
    no_show: bool
    application_no: str
    stage: str
    occurred_at: datetime
    score: float | None
    dimensions: Mapping[str, float]
    report_url: str | None


class Malformed(ValueError):
    """Something in a result is not as agreed: `where` is the field, `what` a code."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where, self.what = where, what


def event_id_of(item: Any) -> str:
    """The id of an event, by which it is named whatever else is wrong.

    Raises:
        Malformed: it has none.
    """
    if not isinstance(item, dict):
        raise Malformed("", "not_an_object")
    return _text(item, "event_id")


def result_of(item: Mapping[str, Any]) -> Result:
    """A result, out of the JSON of the contract; fields that nobody has agreed on are passed over.

    Raises:
        Malformed: a field is missing or not as agreed.
    """
    kind = item.get("type")
    if kind not in ("result", "no_show"):
        raise Malformed("type", "unknown")
    happened = _moment(item.get("occurred_at"))
    no_show = kind == "no_show"
    score, url = item.get("score"), item.get("report_url")
    points = None if score is None or no_show else _points(score, "score")
    if not no_show and points is None:
        raise Malformed("score", "missing")
    named = {} if item.get("dimensions") is None or no_show else item["dimensions"]
    if not isinstance(named, dict) or len(named) > MOST_DIMENSIONS:
        raise Malformed("dimensions", "not_as_agreed")
    if any(not _NAME.fullmatch(name) for name in named):
        raise Malformed("dimensions", "not_as_agreed")
    return Result(
        event_id=_text(item, "event_id"),
        no_show=no_show,
        application_no=_text(item, "application_no"),
        stage=_text(item, "stage"),
        occurred_at=happened,
        score=points,
        dimensions={name: _points(value, f"dimensions.{name}") for name, value in named.items()},
        report_url=None if url in (None, "") else _text(item, "report_url"),
    )


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Malformed(name, "missing")
    if len(value) > LONGEST[name] or re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", value):
        raise Malformed(name, "not_as_agreed")
    if name == "report_url" and not value.startswith(("https://", "http://")):
        raise Malformed(name, "not_as_agreed")
    return value.strip()


def _points(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise Malformed(where, "not_a_score")
    return float(value)


def _moment(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        raise Malformed("occurred_at", "not_a_moment")
    if found.utcoffset() is None:
        raise Malformed("occurred_at", "no_time_zone")
    if not 2000 <= found.year <= 2200:
        raise Malformed("occurred_at", "not_a_moment")
    return found


def number_as_id(number: str) -> int | None:
    """The id in a number that was made of it; None for the number of another system."""
    digits = number.removeprefix("A")
    short = digits != number and digits.isascii() and digits.isdecimal() and len(digits) < 10
    return int(digits) if short and not digits.startswith("0") else None


def unreadable_dimensions(version: FlowVersion, names: Collection[str]) -> list[str]:
    """Names on a sheet that the job does not have."""
    known = {one.name for one in version.dimensions}
    return [name for name in names if name not in known]


def standing_stop(stops: Iterable[Stop]) -> StopReason | None:
    """Why time stands still now."""
    return next((StopReason(one.why) for one in stops if one.until_at is None), None)


def remind_at(missed_at: datetime, *, hours: int, before: int, night: tuple[time, time]) -> datetime:
    """When somebody who missed a stage is reminded: so many hours before the time is over, never at night.

    `night` is from when to when; where the moment falls into it, it is an hour ahead of it (S0-22).
    """
    moment = missed_at + timedelta(hours=hours - before)
    begins, ends = night
    if ends <= moment.time() < begins:
        return moment
    evening = moment if moment.time() >= begins else moment - timedelta(days=1)
    earlier = evening.replace(hour=begins.hour, minute=begins.minute, second=0, microsecond=0)
    return max(missed_at, earlier - timedelta(hours=1))
