"""Results from the interview system: each event once, in whatever order, and the newest counts."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models import audit
from models.base import insert_once
from models.candidates import Application
from models.policy import Policy
from models.recruiting import reading, rules, stages
from models.recruiting.kinds import ResultState, StageStatus
from models.recruiting.tables import HiringProcess, InterviewResult, StageRecord

CHUNK = 500
NO_SHOW = "no_show"
OVERTAKEN_WITHIN = timedelta(days=1)
"""So long after a result came it is looked whether its application came at the same moment."""
MOST_OVERTAKEN = 5000
RESULTS = "interview_results"
"""The kind of the due items that have results entered."""
LOCKED_IN = frozenset({StageStatus.WAIVED, StageStatus.FAILED})
"""What a named human has said stays said."""


@dataclass(frozen=True)
class Taken:
    """What became of the results of one call."""

    accepted: Sequence[str]
    """Ids of events that are kept now."""
    repeated: Sequence[str]
    """Ids of events that were known; nothing has changed."""
    refused: Mapping[str, tuple[str, str]]
    """Id → field and code of what is not as agreed; they can be sent again."""


def take_results(session: Session, *, items: Sequence[Any], at: datetime, policy: Policy) -> Taken:
    """Keep what one call brought: one statement a thousand rows; `apply_results` enters it.

    Raises:
        Malformed: an item is no object or has no id, so that it could not be named in the answer; `where`
            is its place, as in `[3].event_id`. Nothing is kept then.
    """
    good: dict[str, rules.Result] = {}
    repeated: list[str] = []
    refused: dict[str, tuple[str, str]] = {}
    codes = {stage.code for flow in policy.flows.values() for one in flow.versions for stage in one.stages}
    for place, item in enumerate(items):
        try:
            event_id = rules.event_id_of(item)
        except rules.Malformed as wrong:
            where = f"[{place}].{wrong.where}" if wrong.where else f"[{place}]"
            raise rules.Malformed(where, wrong.what) from None
        if event_id in good:
            repeated.append(event_id)
            continue
        try:
            result = rules.result_of(item)
        except rules.Malformed as wrong:
            refused[event_id] = (wrong.where, wrong.what)
            continue
        if result.stage not in codes and not result.stage.startswith("supplementary_"):
            refused[event_id] = ("stage", "unknown")
            continue
        refused.pop(event_id, None)
        good[event_id] = result
    accepted, known = keep_results(session, list(good.values()), at=at)
    return Taken(accepted, [*known, *repeated], refused)


def keep_results(
    session: Session, results: Sequence[rules.Result], *, at: datetime
) -> tuple[list[str], list[str]]:
    """Keep results whose ids are new; returns the ids of those, and of the others."""
    if not results:
        return [], []
    receipt = secrets.token_hex(16)
    rows = [
        {
            "event_id": one.event_id,
            "type": NO_SHOW if one.no_show else "result",
            "application_no": one.application_no,
            "application_id": None,
            "stage": one.stage,
            "occurred_at": one.occurred_at,
            "received_at": at,
            "receipt": receipt,
            "score": one.score,
            "dimensions": dict(one.dimensions),
            "report_url": one.report_url,
            "state": ResultState.RECEIVED,
        }
        for one in sorted(results, key=lambda one: one.event_id)
    ]  # in one order, so that calls at the same moment never deadlock
    if insert_once(session, InterviewResult, rows) == len(rows):
        return [one.event_id for one in results], []
    mine = set(
        session.scalars(select(InterviewResult.event_id).where(InterviewResult.receipt == receipt)).all()
    )
    ids = [one.event_id for one in results]
    return [one for one in ids if one in mine], [one for one in ids if one not in mine]


def apply_results(session: Session, *, at: datetime, policy: Policy, limit: int = CHUNK) -> int:
    """Enter up to `limit` results that are kept, oldest first; returns how many were looked at.

    Whatever the order in which they came, and however they were cut up: the newest of a stage counts.
    """
    rows = session.scalars(
        select(InterviewResult)
        .where(InterviewResult.state == ResultState.RECEIVED)
        .order_by(InterviewResult.received_at, InterviewResult.event_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    _apply(session, rows, at=at, policy=policy)
    return len(rows)


def apply_waiting(
    session: Session, applications: Iterable[Application], *, at: datetime, policy: Policy
) -> int:
    """Enter the results that came before their applications did; returns how many."""
    numbers = [number for one in applications for number in {one.called, f"A{one.id}"}]
    found: list[InterviewResult] = []
    for first in range(0, len(numbers), CHUNK):
        found += session.scalars(
            select(InterviewResult).where(
                InterviewResult.state == ResultState.WAITING,
                InterviewResult.application_no.in_(numbers[first : first + CHUNK]),
            )
        ).all()
    if found:
        _apply(session, found, at=at, policy=policy)
    return len(found)


def apply_overtaken(session: Session, *, at: datetime, policy: Policy, limit: int = MOST_OVERTAKEN) -> int:
    """Enter results that wait although their application is there: the two came at the same moment."""
    numbers = session.scalars(
        select(InterviewResult.application_no)
        .where(
            InterviewResult.state == ResultState.WAITING,
            InterviewResult.received_at >= at - OVERTAKEN_WITHIN,
        )
        .distinct()
        .order_by(InterviewResult.application_no)
        .limit(limit)
    ).all()
    known = _applications_called(session, set(numbers))
    applications = [session.get_one(Application, id_) for id_ in sorted(set(known.values()))]
    return apply_waiting(session, applications, at=at, policy=policy)


def _apply(session: Session, rows: Sequence[InterviewResult], *, at: datetime, policy: Policy) -> None:
    ids = _applications_called(session, {row.application_no for row in rows})
    of: dict[int, list[InterviewResult]] = {}
    for row in rows:
        row.application_id = ids.get(row.application_no)
        row.state = ResultState.WAITING
        if row.application_id is not None:
            of.setdefault(row.application_id, []).append(row)
    old: list[str] = []
    processes = processes_of(session, sorted(of), policy=policy)
    with session.no_autoflush:  # everything is written at once at the end
        changed = [one for one in processes if _enter(session, one, of[one.application.id], old, policy)]
        for process in changed:
            reading.follow(session, process, at=at)
    for process in changed:
        mine = of[process.application.id]
        audit.record(
            session,
            at=at,
            action="recruiting.result",
            subject=f"candidate:{process.application.person_id}",
            details={"application": process.application.id, "events": [row.event_id for row in mine]},
        )
    session.execute(
        update(InterviewResult)
        .where(InterviewResult.event_id.in_(old))
        .values(state=ResultState.SUPERSEDED)
        .execution_options(synchronize_session=False)
    )
    session.flush()


def _applications_called(session: Session, numbers: set[str]) -> dict[str, int]:
    """Number → application, by the number of another system or the one made of the id."""
    found: dict[str, int] = {}
    in_order = sorted(numbers)
    for first in range(0, len(in_order), CHUNK):
        some = in_order[first : first + CHUNK]
        ids = {number: id_ for number in some if (id_ := rules.number_as_id(number)) is not None}
        made = session.execute(
            select(Application.id).where(Application.id.in_(ids.values()), Application.number.is_(None))
        )
        there = {row[0] for row in made}
        found |= {number: id_ for number, id_ in ids.items() if id_ in there}
        named = session.execute(
            select(Application.number, Application.id).where(Application.number.in_(some))
        )
        found |= {str(number): id_ for number, id_ in named}
    return found


def processes_of(session: Session, ids: Sequence[int], *, policy: Policy) -> list[reading.Process]:
    """The processes of many applications, each locked, in the order of their ids."""
    found: list[reading.Process] = []
    for first in range(0, len(ids), CHUNK):
        some = ids[first : first + CHUNK]
        rows = session.execute(
            select(HiringProcess, Application)
            .join(Application, Application.id == HiringProcess.application_id)
            .where(HiringProcess.application_id.in_(some))
            .order_by(HiringProcess.application_id)
            .with_for_update(of=HiringProcess)
            .execution_options(populate_existing=True)
        ).all()
        by_application: dict[int, list[StageRecord]] = {id_: [] for id_ in some}
        records = session.scalars(
            select(StageRecord)
            .where(StageRecord.application_id.in_(some))
            .order_by(StageRecord.application_id, StageRecord.position)
            .execution_options(populate_existing=True)
        )
        for record in records:
            by_application[record.application_id].append(record)
        found += [
            reading.Process(application, row, by_application[application.id], reading.version_of(row, policy))
            for row, application in rows
        ]
    return found


def _enter(
    session: Session,
    process: reading.Process,
    rows: Sequence[InterviewResult],
    old: list[str],
    policy: Policy,
) -> bool:
    """Enter the newest of some results of each stage; whether any counts. What it replaces joins `old`."""
    stages_by_code = {stage.code: stage for stage in process.stages}
    newest: dict[str, InterviewResult] = {}
    for row in rows:
        if row.stage not in stages_by_code:
            row.state = ResultState.REFUSED
            continue
        row.state = ResultState.SUPERSEDED
        known = newest.get(row.stage)
        if known is None or (row.occurred_at, row.event_id) > (known.occurred_at, known.event_id):
            newest[row.stage] = row
    counted = False
    for code, row in newest.items():
        stage = stages_by_code[code]
        if not rules.newer((row.occurred_at, row.event_id), stage.result_at, stage.result_event):
            continue
        counted = True
        if stage.result_event is not None:
            old.append(stage.result_event)
        row.state = ResultState.APPLIED
        stage.result_at, stage.result_event = row.occurred_at, row.event_id
        if row.type == NO_SHOW:
            _absent(session, process, stage, row, policy)
        else:
            _scored(session, process, stage, row)
    return counted


def _absent(
    session: Session,
    process: reading.Process,
    stage: StageRecord,
    row: InterviewResult,
    policy: Policy,
) -> None:
    stage.score, stage.dimensions, stage.report_url = None, {}, None
    before = stage.opened_at is not None and row.occurred_at <= stage.opened_at
    if stage.decided_by is not None or stage.status == StageStatus.REMEDIAL_REQUESTED or before:
        return
    stages.missed(session, process, stage, at=row.occurred_at, policy=policy)


def _scored(session: Session, process: reading.Process, stage: StageRecord, row: InterviewResult) -> None:
    stages.came_after_all(session, stage, at=row.received_at)
    stage.score, stage.dimensions, stage.report_url = row.score, dict(row.dimensions), row.report_url
    if stage.decided_by is not None or stage.status in LOCKED_IN:
        return
    planned = process.version.stage(stage.code)
    stage.status = rules.status_after(
        row.score,
        pass_line=None if planned is None else planned.pass_line,
        top_share=None if planned is None else planned.top_share,
    )


def waiting_results(session: Session, *, limit: int) -> Sequence[tuple[str, int]]:
    """Numbers for which results wait and no application is known, with how many: for HR to look at."""
    rows = session.execute(
        select(InterviewResult.application_no, func.count())
        .where(InterviewResult.state == ResultState.WAITING)
        .group_by(InterviewResult.application_no)
        .order_by(InterviewResult.application_no)
        .limit(limit)
    )
    return [(number, count) for number, count in rows]


def result_counts(session: Session) -> dict[str, int]:
    """State → how many results are in it."""
    rows = session.execute(select(InterviewResult.state, func.count()).group_by(InterviewResult.state))
    return {str(state): int(count) for state, count in rows}
