"""Payments from the creditor's books: each is booked to its case once, and the totals are compared."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.database import Database
from bot.importing import cells
from bot.importing.base import Kind, Work
from bot.importing.cells import Refused
from bot.importing.columns import ALSO, CREDITOR, REFERENCE
from bot.importing.reconciling import Sums, yuan
from bot.sheets import Line
from models import cases
from models.cases import Case, Payment

BATCH = 20
"""Rows of one transaction: each of them moves a balance, a promise, an offer."""
ENTRY, AMOUNT, PAID_ON = "流水号", "还款金额", "还款日期"
LONGEST_ENTRY = 60


class Payments:
    """Books the rows of one file, and adds up."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._sums = Sums()
        self._matched = 0

    def take(self, database: Database, lines: Sequence[Line]) -> None:
        """Book some rows."""
        with self.work.stage("write"), database.writing() as session:
            for number, row in lines:
                creditor = row[CREDITOR] or self.work.given.get(CREDITOR, "")
                self._take(session, number, {**row, CREDITOR: creditor})

    def _take(self, session: Session, line: int, row: Mapping[str, str]) -> None:
        amount, report = None, self.work.report
        try:
            amount, paid_on = _money(row)
            self._sums.saw(amount)
            kind = self._book(session, line, row, amount, paid_on)
        except Refused as refused:
            if amount is None:
                self._sums.saw(None)
            kind = "refused"
            report.refuse(line, row, str(refused))
        self._sums.became(kind, amount)
        if kind != "refused":
            setattr(report, kind, getattr(report, kind) + 1)

    def _book(self, session: Session, line: int, row: Mapping[str, str], amount: int, paid_on: date) -> str:
        creditor_id = cases.creditor_id(session, row[CREDITOR])
        if creditor_id is None:
            raise Refused(f"没有甲方「{row[CREDITOR][:40]}」；整份文件都一样的话，用 --creditor 给")
        if not row[ENTRY] or len(row[ENTRY]) > LONGEST_ENTRY:
            raise Refused("流水号没有填，或者太长")
        entry = f"{creditor_id}:{row[ENTRY]}"
        self.work.first(ENTRY, entry, line)
        case = session.scalars(
            select(Case).where(Case.creditor_id == creditor_id, Case.reference == row[REFERENCE])
        ).one_or_none()
        if case is None:
            raise Refused(f"{row[CREDITOR]}没有案件编号是「{row[REFERENCE][:40]}」的案件")
        known = session.scalars(select(Payment).where(Payment.external_id == entry)).one_or_none()
        if known is not None:
            if (known.case_id, known.amount, known.paid_on) != (case.id, amount, paid_on):
                raise Refused("这个流水号入过账，案件、金额或日期和这一行不一样，请和甲方核对")
            return "unchanged"
        try:
            booked = cases.book_payment(
                session,
                case=case,
                amount=amount,
                paid_on=paid_on,
                external_id=entry,
                at=self.work.at,
                policy=self.work.policy,
            )
        except cases.AmountOutOfRange:
            raise Refused(f"还款比现在的欠款（{yuan(case.balance)} 元）多，请和甲方核对") from None
        except cases.DayOutOfRange:
            raise Refused("还款日期早于委案，或者还没到") from None
        if booked.reported_by_id is None:
            return "new"
        self._matched += 1
        return "changed"

    def finish(self, _session: Session) -> None:
        """Say what it comes to."""
        report = self.work.report
        report.told += self._sums.lines()
        report.amounts = {"read": self._sums.amount, **self._sums.amounts}
        if self._matched:
            report.told.append(f"「更新」的 {self._matched} 笔是催收员报过的同一笔钱，对上了，没有重复入账")


def _money(row: Mapping[str, str]) -> tuple[int, date]:
    said = row[AMOUNT].strip()
    if said.startswith(("-", "－")):
        raise Refused("冲正（负数）不能导入，请财务在企业微信里冲正那一笔")
    amount, paid_on = cells.amount(said, AMOUNT), cells.day(row[PAID_ON], PAID_ON)
    if not amount:
        raise Refused("还款金额没有填，或者是 0")
    if paid_on is None:
        raise Refused("还款日期没有填")
    return amount, paid_on


PAYMENTS = Kind(
    (REFERENCE, CREDITOR, ENTRY, AMOUNT, PAID_ON),
    (),
    ("RC0000001", "蓉城银行", "202603020001", "1000.00", "2026-03-02"),
    Payments,
    {
        **{other: name for other, name in ALSO.items() if name in (REFERENCE, CREDITOR)},
        **dict.fromkeys(("交易流水号", "还款流水号", "流水", "入账流水号"), ENTRY),
        **dict.fromkeys(("入账金额", "还款额", "金额", "回款金额"), AMOUNT),
        **dict.fromkeys(("入账日期", "还款日", "日期", "回款日期"), PAID_ON),
    },
    batch=BATCH,
)
