"""Cases from a creditor's table: who owes what under which placement, and by which numbers to be reached."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from sqlalchemy.orm import Session

from bot.database import Database
from bot.importing import columns, reconciling
from bot.importing.base import OPERATOR, Kind, Work
from bot.importing.case_rows import NEEDED, OPTIONAL, Checked, Reader
from bot.importing.cells import Refused
from bot.importing.columns import (
    CREDITOR,
    DECLARED_AMOUNT,
    DECLARED_CASES,
    PLACEMENT,
    REFERENCE,
)
from bot.importing.reconciling import Declared, Sums
from bot.sheets import Line
from config.settings import SettingsError
from models import cases
from models.cases import Incoming, Outdated, Prepared, TakenIn, Terms

BATCH = 250
"""Rows of one transaction: it holds the write lock for less than a tenth of a second."""
TRIES = 3
"""So often a batch is computed beforehand; if somebody was faster each time, it is done under the lock."""
WHY = {
    "closed": "这个案件已经结束（结清、退回或关闭），不能靠导入改；确实又委托了，请主管先重开",
    "another_debtor": "这个案件编号登记的是另一位客户，请和甲方核对姓名和身份证号",
    "below_paid": "欠款比已经入账和减免的还少，请和甲方核对",
    "no_supervisor": "催收单位还没有人带，先任命组长或主管",
    "erased": "这位客户的资料已按规定删除，不能再导入",
}
"""What the operation says → what the person reads."""


class Cases:
    """Takes the rows of one file, some hundred at a time: read, checked, sealed, then written."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.rows = Reader(work)
        self._placements: dict[tuple[str, str], tuple[int, int, int, Terms]] = {}
        """(creditor, number) → ids of placement, creditor and unit, and its terms."""
        self._creditors: dict[str, int | None] = {}
        self._seen: dict[tuple[str, str], None] = {}
        """(creditor, number) of each placement in the file."""
        self._counted: Counter[str] = Counter()
        self._declared = _given(work)
        self._sums = Sums()

    # --- one batch ---------------------------------------------------------------------------------------

    def take(self, database: Database, lines: Sequence[Line]) -> None:
        """Take some rows; those that are known as they stand cost one question."""
        with self.work.stage("check"), database.reading() as session:
            fresh = self._fresh(session, [(number, self.rows.filled(row)) for number, row in lines])
            checked = [
                found for number, row, digest in fresh if (found := self._check(session, number, row, digest))
            ]
        incoming = {one.line: one for one in checked}
        ready = self._in_placements(database, checked)
        for _, same in groupby(sorted(ready, key=_of_creditor), key=_of_creditor):
            self._note(incoming, self._take_in(database, list(same)))

    def _take_in(self, database: Database, rows: Sequence[Incoming]) -> TakenIn:
        """Compute, then write; again if somebody changed meanwhile what it was computed from."""
        work = self.work
        for _ in range(TRIES):
            with work.stage("seal"), database.reading() as session:
                prepared = cases.make_ready(session, rows, at=work.at)
            try:
                with work.stage("write"), database.writing() as session:
                    return self._write(session, prepared)
            except Outdated:
                continue
        with work.stage("write"), database.writing() as session:
            prepared = cases.make_ready(session, rows, at=work.at)
            return self._write(session, prepared)

    def _write(self, session: Session, prepared: Prepared) -> TakenIn:
        work = self.work
        return cases.take_in(
            session, prepared, at=work.at, policy=work.policy, calendar=work.calendar, actor=OPERATOR
        )

    def _note(self, rows: Mapping[int, Checked], taken: TakenIn) -> None:
        report = self.work.report
        for kind, numbers in (("new", taken.new), ("changed", taken.changed), ("unchanged", taken.unchanged)):
            setattr(report, kind, getattr(report, kind) + len(numbers))
            for number in numbers:
                self._sums.became(kind, rows[number].amount)
        for number, why in taken.refused.items():
            self._refuse(number, rows[number].row, WHY[why], rows[number].amount)
        self._counted["assigned"] += taken.assigned
        self._counted["risky"] += taken.risky

    def _refuse(self, line: int, row: Mapping[str, str], why: str, amount: int | None) -> None:
        self.work.report.refuse(line, row, why)
        self._sums.became("refused", amount)

    # --- rows --------------------------------------------------------------------------------------------

    def _fresh(self, session: Session, lines: Iterable[Line]) -> list[tuple[int, Mapping[str, str], str]]:
        """The rows that are not known as they stand, each with its hash."""
        rows = []
        for number, row in lines:
            declared = reconciling.declared_in(row, NEEDED, self.rows.owed)
            if declared is not None:
                self._declared = self._declared or declared
                continue
            self._sums.saw(self.rows.amount_of(row))
            self._seen[row[CREDITOR], row[PLACEMENT]] = None
            try:
                if row[REFERENCE]:
                    self.work.first(REFERENCE, f"{row[CREDITOR]}\0{row[REFERENCE]}", number)
                rows.append((number, row, self.rows.hash(session, row)))
            except Refused as refused:
                self._refuse(number, row, str(refused), self.rows.amount_of(row))
        known: dict[tuple[str, str], str] = {}
        for creditor in {row[CREDITOR] for _, row, _ in rows}:
            id_ = self._creditor(session, creditor)
            if id_ is not None:
                references = [row[REFERENCE] for _, row, _ in rows if row[CREDITOR] == creditor]
                for reference, digest in cases.known_hashes(session, id_, references).items():
                    known[creditor, reference] = digest
        fresh = []
        for number, row, digest in rows:
            if known.get((row[CREDITOR], row[REFERENCE])) == digest:
                self.work.report.unchanged += 1
                self._sums.became("unchanged", self.rows.amount_of(row))
            else:
                fresh.append((number, row, digest))
        return fresh

    def _creditor(self, session: Session, name: str) -> int | None:
        if self._creditors.get(name) is None:
            self._creditors[name] = cases.creditor_id(session, name)
        return self._creditors[name]

    def _check(self, session: Session, line: int, row: Mapping[str, str], digest: str) -> Checked | None:
        """A row as it is understood; one that cannot be is refused."""
        try:
            return self.rows.understood(session, line, row, digest)
        except Refused as refused:
            self._refuse(line, row, str(refused), self.rows.amount_of(row))
            return None

    # --- placements --------------------------------------------------------------------------------------

    def _in_placements(self, database: Database, checked: Sequence[Checked]) -> list[Incoming]:
        """The rows under their placements, which are made or brought up to date at their first row."""
        found = []
        for one in checked:
            key = (one.row[CREDITOR], one.row[PLACEMENT])
            try:
                if key not in self._placements:
                    self._placements[key] = self._placement(database, one)
                placement_id, creditor_id, unit_id, terms = self._placements[key]
                if not one.terms.goes_with(terms):
                    raise Refused("委案开始、委案到期或佣金和同一批次前面的行不一样")
            except Refused as refused:
                self._refuse(one.line, one.row, str(refused), one.amount)
                continue
            unit_id = one.unit_id or unit_id
            incoming = (one.line, placement_id, creditor_id, unit_id, one.debtor, one.facts, one.owed_now)
            found.append(Incoming(*incoming))
        return found

    def _placement(self, database: Database, one: Checked) -> tuple[int, int, int, Terms]:
        with database.writing() as session:
            try:
                placement = cases.bring_up_to_date(
                    session,
                    creditor=one.row[CREDITOR],
                    number=one.row[PLACEMENT],
                    unit_id=one.unit_id,
                    terms=one.terms,
                    at=self.work.at,
                    actor=OPERATOR,
                )
            except cases.TermsMissing as missing:
                what = {"end_on": f"委案到期没有填：写在表里，或者用 --end {self.work.at:%Y}-12-31 给"}
                what["unit_id"] = "催收单位没有填：写在表里，或者用 --unit 城北分公司 给"
                raise Refused(what[missing.facts["what"]]) from None
            except cases.PlacementOver as over:
                raise Refused(f"委案到期（{over.facts['end_on']}）已经过了") from None
            except cases.TermsReversed:
                raise Refused("委案到期早于委案开始") from None
            return placement.id, placement.creditor_id, placement.unit_id, one.terms

    # --- the end -----------------------------------------------------------------------------------------

    def finish(self, session: Session) -> None:
        """Compare the totals, keep what the creditor declares, and say what was left out."""
        told, counted, left = self.work.report.told, self._counted, self.rows.left
        told += self._sums.lines()
        self.work.report.amounts = {"read": self._sums.amount, **self._sums.amounts}
        if counted["assigned"]:
            told.append(f"{counted['assigned']} 件是有人在跟的客户，直接给了原来的负责人，会通知他们")
        if counted["risky"]:
            told.append(f"{counted['risky']} 位客户在风险名单上（或同名），已按名单处理，会通知合规")
        if left["contacts"]:
            told.append(f"{left['contacts']} 个联系人的电话看不懂，没有收（案件照收）")
        if left["places"]:
            told.append(f"{left['places']} 个住址的坐标看不懂或不在国内，没有收（案件照收）")
        if self.rows.left_out:
            told.append(f"没有收的列（看起来是个人信息，或者列太多）：{'、'.join(self.rows.left_out)}")
        if left["personal"]:
            told.append(f"{left['personal']} 个格子看起来是个人信息，没有收")
        self._beside_declared(session)

    def _beside_declared(self, session: Session) -> None:
        if not self._declared:
            return
        report = self.work.report
        found = [cases.find_placement(session, creditor=one, number=number) for one, number in self._seen]
        placement = found[0] if len(found) == 1 else None
        if placement is None:
            report.told.append("文件里不是只有一个批次，声明的件数和金额没有核对")
            return
        cases.declare(
            session,
            placement=placement,
            cases=self._declared.cases,
            amount=self._declared.amount,
            at=self.work.at,
            actor=OPERATOR,
        )
        held = cases.totals(session, placement)
        lines, same = reconciling.beside_declared(" ".join(next(iter(self._seen))), self._declared, held)
        report.told += lines
        if not same:
            report.wrong = "和甲方声明的件数或金额对不上，请核对。"


def _of_creditor(one: Incoming) -> int:
    return one.creditor_id


def _given(work: Work) -> Declared:
    try:
        return reconciling.declared_as(
            work.given.get(DECLARED_CASES, ""), work.given.get(DECLARED_AMOUNT, "")
        )
    except Refused as refused:
        raise SettingsError(f"{refused}。") from None


CASES = Kind(
    NEEDED,
    OPTIONAL,
    [columns.EXAMPLE.get(name, "") for name in (*NEEDED, *OPTIONAL)],
    Cases,
    columns.ALSO,
    further=True,
    batch=BATCH,
    asks=(DECLARED_CASES, DECLARED_AMOUNT),
)
