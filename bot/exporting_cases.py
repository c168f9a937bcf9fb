"""`muster export cases`: the columns that an import reads, row by row, masked unless somebody says why."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot import sheets
from bot.database import Database
from bot.exporting import before_full, full_path, record, unit_paths
from bot.importing import columns
from bot.importing.case_rows import NEEDED, OPTIONAL
from bot.importing.columns import CONTACTS, OURS
from bot.texts import Texts
from models import secrecy
from models.cases import Case, CaseStatus, Placement, read_place
from models.contact import Creditor, Debtor, DebtorContact, Relation
from models.staff import Employee

AT_ONCE = 1000
"""So many cases are read at a time: nobody waits for an export."""
Say = Callable[[int, int], object]


@dataclass(frozen=True)
class Wanted:
    """Which cases; what is empty does not matter."""

    creditor: str = ""
    placement: str = ""
    ended: bool = False
    """Whether those that have ended are wanted, too."""

    def conditions(self) -> Sequence[ColumnElement[bool]]:
        """The same as a question."""
        found: list[ColumnElement[bool]] = []
        if self.creditor:
            found.append(Case.creditor_id.in_(select(Creditor.id).where(Creditor.name == self.creditor)))
        if self.placement:
            called = select(Placement.id).where(Placement.number == self.placement)
            found.append(Case.placement_id.in_(called))
        if not self.ended:
            found.append(Case.closed_at.is_(None))
        return found


def export_cases(
    database: Database,
    path: Path,
    *,
    wanted: Wanted,
    at: datetime,
    reason: str = "",
    say: Say = lambda _done, _expected: None,
) -> tuple[Path, int]:
    """Write cases to a table; with a reason in full, which the file and its name then say.

    Returns where it was written, and how many there are. It is in the evidence trail before anything is
    read; a file that is broken off is not there.

    Raises:
        FileExistsError: the file is there already; OSError: it cannot be written.
    """
    if reason:
        path = full_path(path, at, reason)
    if path.exists():
        raise FileExistsError(path)
    with database.reading() as session:
        expected = session.scalar(select(func.count()).where(*wanted.conditions())) or 0
        custom = _custom(session, wanted)
        paths = unit_paths(session)
    with database.writing() as session:
        record(session, "cases", at=at, reason=reason, count=expected)
    states = Texts().words("case_files/states", codes=list(CaseStatus))
    head = (*OURS, *NEEDED, *OPTIONAL, *custom)
    done = 0
    with sheets.streamed(path, head, before=[before_full(at, reason)] if reason else []) as write:
        after = 0
        while True:
            with database.reading() as session:
                some = _some(session, wanted, after)
                rows = list(_rows(session, some, paths, states, at, full=bool(reason)))
            if not rows:
                break
            after = some[-1][0].id
            for row in rows:
                write([row.get(name, "") for name in head])
            done += len(rows)
            say(done, expected)
    return path, done


def _custom(session: Session, wanted: Wanted) -> Sequence[str]:
    """The creditors' own columns that any of the cases has."""
    names: set[str] = set()
    found = select(Case.custom).where(*wanted.conditions()).execution_options(yield_per=AT_ONCE)
    for custom in session.scalars(found):
        names.update(custom)
    return sorted(names)


_Line = tuple[Case, Debtor, str, Placement, str]


def _some(session: Session, wanted: Wanted, after: int) -> Sequence[_Line]:
    rows = session.execute(
        select(Case, Debtor, Creditor.name, Placement, Employee.name)
        .join(Debtor, Debtor.id == Case.debtor_id)
        .join(Creditor, Creditor.id == Case.creditor_id)
        .join(Placement, Placement.id == Case.placement_id)
        .join(Employee, Employee.id == Case.owner_id)
        .where(*wanted.conditions(), Case.id > after)
        .order_by(Case.id)
        .limit(AT_ONCE)
    )
    return [(case, debtor, creditor, placement, owner) for case, debtor, creditor, placement, owner in rows]


def _rows(
    session: Session,
    some: Sequence[_Line],
    paths: Mapping[int, str],
    states: Mapping[str, str],
    at: datetime,
    *,
    full: bool,
) -> Iterator[Mapping[str, str]]:
    debtors = {debtor.id: debtor for _, debtor, *_ in some}
    keys = secrecy.keys_of(session, [debtor.subject for debtor in debtors.values()])
    contacts: dict[int, list[DebtorContact]] = {}
    found = select(DebtorContact).where(DebtorContact.debtor_id.in_(debtors)).order_by(DebtorContact.id)
    for one in session.scalars(found):
        contacts.setdefault(one.debtor_id, []).append(one)
    people = {
        id_: _person(debtor, contacts.get(id_, ()), keys.get(debtor.subject), full=full)
        for id_, debtor in debtors.items()
    }
    for case, debtor, creditor, placement, owner in some:
        dpd = (at.date() - case.overdue_since).days + 1 if case.overdue_since else 0
        yield {
            **case.custom,
            columns.NUMBER: str(case.id),
            columns.STATUS: states[case.status],
            columns.OWNER: owner,
            columns.REFERENCE: case.reference,
            columns.CREDITOR: creditor,
            columns.PLACEMENT: placement.number,
            **people[debtor.id],
            columns.OWED: _yuan(case.placed_balance),
            columns.BALANCE: _yuan(case.balance),
            columns.PRINCIPAL: _yuan(case.principal) if case.principal else "",
            columns.PRODUCT: case.product,
            columns.AREA: case.area,
            columns.LANGUAGE: case.language,
            columns.SINCE: case.overdue_since.isoformat() if case.overdue_since else "",
            columns.DAYS: str(dpd) if case.overdue_since else "",
            columns.START: placement.start_on.isoformat(),
            columns.END: placement.end_on.isoformat(),
            columns.UNIT: paths[case.unit_id],
            columns.COMMISSION: _share(placement.commission_permille),
        }


def _person(
    debtor: Debtor, contacts: Sequence[DebtorContact], key: bytes | None, *, full: bool
) -> Mapping[str, str]:
    """What is told of a debtor; of one whose key is gone only what is not sealed."""

    def opened(sealed: bytes | None) -> str:
        return "" if key is None else secrecy.open_with(key, debtor.subject, sealed) or ""

    id_number = opened(debtor.id_number)
    told = {
        columns.NAME: opened(debtor.name) if full else debtor.name_mask,
        columns.ID_NUMBER: id_number if full else secrecy.mask_id_number(id_number),
        columns.ADDRESS: opened(debtor.address) if full else f"{debtor.district}***" * bool(debtor.district),
    }
    point = read_place(opened(debtor.place)) if full else None
    if point is not None:
        told[columns.LATITUDE], told[columns.LONGITUDE] = f"{point.latitude:.6f}", f"{point.longitude:.6f}"
        told[columns.COORDINATES] = "GCJ-02"
    own = next((one for one in contacts if one.relation == Relation.DEBTOR), None)
    if own is not None:
        told[columns.PHONE] = opened(own.number) if full else own.number_mask
    others = [one for one in contacts if one is not own]
    for (name, relation, number), one in zip(CONTACTS, others, strict=False):
        told[name] = opened(one.name) if full else one.name_mask
        told[relation] = columns.word_for(one.relation)
        told[number] = opened(one.number) if full else one.number_mask
    return told


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def _share(permille: int | None) -> str:
    return "" if permille is None else f"{permille / 10:g}%"
