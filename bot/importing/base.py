"""What all imports have in common: a file is gone through batch by batch, and every row refused says why."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import islice
from operator import itemgetter
from pathlib import Path
from time import perf_counter
from typing import Protocol

from sqlalchemy.orm import Session

from bot import sheets
from bot.database import Database
from bot.importing.cells import Refused, folded
from bot.sheets import Line
from models import audit
from models.calendar import WorkCalendar
from models.policy import Policy
from models.staff import Role

BATCH = 200
"""Rows of one transaction: what is done stays done if the import is broken off."""
OPERATOR = "operator"
REASON = "原因"
REFUSED = "-未导入"
_OLD_ROLES = {"人事": Role.HR_CITY}
"""What earlier templates called some roles."""

Say = Callable[[int, int], object]
"""Is told how many rows have been read, and how many there may be."""


@dataclass
class Report:
    """What became of a file: how many rows of each kind, and those refused with line and reason."""

    columns: Sequence[str]
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    recognised: int = 0
    """Candidates known by the same identity number."""
    possible: int = 0
    """Candidates who may be somebody known: a human decides."""
    refused: list[tuple[int, Mapping[str, str], str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """Further lines for whoever imports."""
    amounts: Mapping[str, int] = field(default_factory=dict)
    """What the rows of each outcome come to, in fen, where they are about money."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Stage (`read`, `check`, `seal`, `write`) → how long it took in all."""
    wrong: str = ""
    """What does not fit although rows were taken, such as a total that is another one than declared."""

    @property
    def taken(self) -> int:
        """How many rows are in the database now."""
        return self.new + self.changed + self.unchanged

    @property
    def read(self) -> int:
        """How many rows there were."""
        return self.taken + len(self.refused)

    def refuse(self, line: int, row: Mapping[str, str], why: str) -> None:
        """Note a row that is not taken."""
        self.refused.append((line, row, why))


@dataclass
class Work:
    """One import under way: what its rows need, and what has come before."""

    policy: Policy
    calendar: WorkCalendar
    at: datetime
    report: Report
    given: Mapping[str, str] = field(default_factory=dict)
    """Column → what it is where a row has nothing."""
    preview: bool = False
    """Whether nothing is to be kept."""
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    """(column, key) → the line that had it first."""

    def first(self, column: str, key: str, line: int) -> None:
        """Refuse what another line of the file has.

        Raises:
            Refused: it does; the line is named, the value is not.
        """
        known = self.seen.setdefault((column, key), line)
        if known != line:
            raise Refused(f"{column}和第 {known} 行重复")

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Whatever is done within counts as this stage."""
        start = perf_counter()
        try:
            yield
        finally:
            taken = self.report.seconds.get(name, 0.0)
            self.report.seconds[name] = taken + perf_counter() - start

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """What people call a role → the role."""
        roles = {
            folded(found.name): Role(role)
            for role, found in self.policy.rights.roles.items()
            if role != Role.CANDIDATE
        }
        return {**roles, **{name: role for name, role in _OLD_ROLES.items() if name not in roles}}


class Taker(Protocol):
    """What takes the rows of one file."""

    def take(self, database: Database, lines: Sequence[Line]) -> None:
        """Take some rows, in transactions of its own."""

    def finish(self, _session: Session) -> None:
        """Note what is to be noted when all rows are read."""


@dataclass(frozen=True)
class RowByRow:
    """Takes each row by itself."""

    work: Work
    enter: Callable[[Session, Work, int, Mapping[str, str]], None]

    def take(self, database: Database, lines: Sequence[Line]) -> None:
        """All of them in one transaction."""
        with self.work.stage("write"), database.writing() as session:
            for number, row in lines:
                try:
                    self.enter(session, self.work, number, row)
                except Refused as refused:
                    self.work.report.refuse(number, row, str(refused))

    def finish(self, _session: Session) -> None:
        """Nothing more."""


@dataclass(frozen=True)
class Kind:
    """A kind of table that can be imported."""

    needed: Sequence[str]
    optional: Sequence[str]
    example: Sequence[str]
    begin: Callable[[Work], Taker]
    also: Mapping[str, str] = field(default_factory=dict)
    """Other names of columns."""
    further: bool = False
    """Whether columns with other names are taken as well."""
    batch: int = BATCH
    asks: Sequence[str] = ()
    """What else may be given for the whole file."""
    previews: bool = False
    """Whether it can be said what would become of a file, without taking anything."""

    @property
    def columns(self) -> Sequence[str]:
        """All columns in the order of the template."""
        return (*self.needed, *self.optional)

    def template(self) -> list[Sequence[str]]:
        """The rows of an empty table with one example."""
        return [self.columns, self.example]


def import_table(
    database: Database,
    name: str,
    kind: Kind,
    path: Path,
    *,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    given: Mapping[str, str],
    say: Say,
    preview: bool = False,
) -> Report:
    """Take the rows of a file; the same file twice changes nothing.

    Each batch of rows is kept by itself, so that an import that is broken off is just run again. `given`
    are values of columns for the rows that have none. A preview keeps nothing, where the kind can do that.

    Raises:
        SettingsError: the file cannot be read, or a column is missing.
    """
    table = sheets.read(
        path,
        needed=[column for column in kind.needed if not given.get(column)],
        optional=[*(column for column in kind.needed if given.get(column)), *kind.optional],
        also=kind.also,
        further=kind.further,
    )
    work = Work(policy, calendar, at, Report(table.columns if kind.further else kind.columns), given, preview)
    taker = kind.begin(work)
    lines = _batches(table.lines, kind.batch)
    while True:
        with work.stage("read"):
            batch = next(lines, None)
        if batch is None:
            break
        taker.take(database, batch)
        say(work.report.read, table.expected)
    work.report.refused.sort(key=itemgetter(0))
    with database.writing() as session:
        taker.finish(session)
        if not preview:
            _record(session, name.replace("-", "_"), work)
    return work.report


def _batches(lines: Iterator[Line], size: int) -> Iterator[list[Line]]:
    while batch := list(islice(lines, size)):
        yield batch


def _record(session: Session, kind: str, work: Work) -> None:
    report = work.report
    counts: dict[str, object] = {
        "read": report.read,
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "refused": len(report.refused),
    }
    if report.amounts:
        counts["amounts"] = dict(report.amounts)
    audit.record(session, at=work.at, actor=OPERATOR, action=f"import.{kind}", details=counts)


def write_refused(path: Path, report: Report) -> Path:
    """The refused rows beside the file, each with its reason, ready to be mended and imported again."""
    suffix = ".xlsx" if path.suffix.lower() == ".xlsx" else ".csv"
    beside = path.with_name(f"{path.stem.removesuffix(REFUSED)}{REFUSED}{suffix}")
    columns = [name for name in report.columns if name != REASON]
    rows = [[*(row.get(name, "") for name in columns), reason] for _, row, reason in report.refused]
    sheets.write(beside, [[*columns, REASON], *rows])
    return beside
