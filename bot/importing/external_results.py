"""What other systems say that people did, from a table (docs/external-results.md)."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from bot.database import Database
from bot.importing import cells
from bot.importing.base import Kind, Work
from bot.importing.cells import Checks, Refused, folded
from bot.importing.reconciling import TOTAL, yuan
from bot.sheets import Line
from bot.texts import Texts
from models import performance
from models.performance import Difference, Intake, Outcome, Refusal, ResultKind, Told, Total

ID, KIND, PERSON, DAY, AMOUNT = "外部编号", "类别", "工号", "日期", "数值"
CUSTOMER, LOAN, FIRST_VISIT, SYSTEM, COUNT = "客户编号", "借据编号", "首访日期", "来源系统", "笔数"
MONEY = (ResultKind.PURCHASE, ResultKind.LOAN, ResultKind.OVERDUE)
BECAME = {Outcome.ACCEPTED: "new", Outcome.CORRECTED: "changed", Outcome.REPEATED: "unchanged"}
FACTS = dict.fromkeys(("most", "kind", "day", "person", "loan", "id"), "")
SHOWN_PEOPLE = 20
_WHOLE = re.compile(r"(\d{1,12})(?:\.0+)?")
_MONTH = re.compile(r"(20\d{2})[-./年](\d{1,2})月?")

texts = Texts()


class ExternalResults:
    """Takes the rows of one file, and compares the totals that it carries."""

    def __init__(self, work: Work) -> None:
        self.work = work
        names = texts.words("external_results/kinds")
        self._kinds = {folded(one): code for code, name in names.items() for one in (code, name)}
        self._names = names
        self._number: int | None = None
        self._totals: list[Total] = []
        self._waiting: list[tuple[int, Mapping[str, str], Told]] = []
        self._unknown: dict[str, int] = {}

    def take(self, database: Database, lines: Sequence[Line]) -> None:
        """Take some rows; of a preview they wait for the end, because they may need each other."""
        told = []
        for number, row in lines:
            try:
                if TOTAL.match(row[ID]):
                    self._totals.append(self._total(row))
                else:
                    one = self._read(row)
                    if one.external_id:
                        self.work.first(ID, f"{one.system}|{one.external_id}", number)
                    told.append((number, row, one))
            except Refused as refused:
                self.work.report.refuse(number, row, str(refused))
        if self.work.preview:
            self._waiting += told
            return
        with self.work.stage("write"), database.writing() as session:
            self._became(told, self._take(session, told))

    def _take(self, session: Session, told: Sequence[tuple[int, Mapping[str, str], Told]]) -> Intake:
        intake = performance.take_results(
            session,
            [one for _, _, one in told],
            actor=None,
            at=self.work.at,
            policy=self.work.policy,
            system=self.work.given.get(SYSTEM, ""),
            totals=self._totals if self.work.preview else (),
            number=self._number,
            preview=self.work.preview,
        )
        self._number = intake.number
        return intake

    def _became(self, told: Sequence[tuple[int, Mapping[str, str], Told]], intake: Intake) -> None:
        report = self.work.report
        for (number, row, _), one in zip(told, intake.rows, strict=True):
            if one.refusal is None:
                name = BECAME[one.outcome]
                setattr(report, name, getattr(report, name) + 1)
                continue
            report.refuse(number, row, _why(one.refusal))
            if one.told.person in intake.unknown:
                self._unknown[one.told.person] = self._unknown.get(one.told.person, 0) + 1

    def _read(self, row: Mapping[str, str]) -> Told:
        checks = Checks()
        kind = self._kind(row[KIND])
        amount = checks.of(_amount, kind, row[AMOUNT])
        day, visited = (checks.of(cells.day, row[name], name) for name in (DAY, FIRST_VISIT))
        columns = (ID, PERSON, CUSTOMER, LOAN)
        codes = {name: checks.of(cells.digits, row[name], name) or "" for name in columns}
        checks.done()
        return Told(
            kind=kind,
            day=day,
            amount=amount,
            person=codes[PERSON],
            external_id=codes[ID],
            customer=codes[CUSTOMER],
            loan=codes[LOAN],
            first_visit_on=visited,
            system=row[SYSTEM].strip() or self.work.given.get(SYSTEM, ""),
        )

    def _kind(self, said: str) -> str:
        return self._kinds.get(folded(said), said.strip())

    def _total(self, row: Mapping[str, str]) -> Total:
        checks = Checks()
        kind = self._kind(row[KIND])
        if kind not in list(ResultKind):
            checks.note(f"合计行的类别「{row[KIND][:20]}」不认识")
        month = checks.of(_month, row[DAY])
        amount = checks.of(_amount, kind, row[AMOUNT])
        count = checks.of(_whole, row[COUNT], COUNT)
        if amount is None and count is None:
            checks.note("合计行要写数值或笔数")
        checks.done()
        assert month is not None
        system = row[SYSTEM].strip() or self.work.given.get(SYSTEM, "")
        return Total(cells.digits(row[PERSON], PERSON), kind, month, count, amount, system)

    def finish(self, session: Session) -> None:
        """Say whom nobody knows, what does not fit, and how it is taken back."""
        report = self.work.report
        if self.work.preview:
            with self.work.stage("check"):
                intake = self._take(session, self._waiting)
            self._became(self._waiting, intake)
            report.refused.sort(key=lambda one: one[0])
            report.told.append("这是预览，什么都没有记；去掉 --dry-run 就真的导入")
            differences = intake.differences
        else:
            differences = performance.compare(session, self._totals)
        if self._unknown:
            shown = list(self._unknown.items())[:SHOWN_PEOPLE]
            some = "、".join(f"{name}（{count} 行）" for name, count in shown)
            report.told.append(f"不认识 {len(self._unknown)} 个人：{some}")
        if self._totals:
            report.told.append(f"和对方的 {len(self._totals)} 个合计核对，{len(differences)} 处对不上")
            report.told += [f"  ✗ {self._different(one)}" for one in differences]
        if differences:
            report.wrong = f"有 {len(differences)} 处和对方的合计对不上，请和对方核对；已收的行没有变。"
        if self._number is not None:
            report.told.append(
                f"导入号 {self._number}；整批撤回：muster import external-results --withdraw {self._number}"
            )

    def _different(self, one: Difference) -> str:
        told = one.told or (None, None)
        return texts.words(
            "external_results/comparison",
            who=one.person,
            known=one.known,
            month=one.month,
            kind=self._names.get(one.kind, one.kind),
            told=one.told,
            held=one.held,
            told_amount=_shown(one.kind, told[1]),
            held_amount=_shown(one.kind, one.held[1]),
        )["say"]


def _why(refusal: Refusal) -> str:
    said = texts.words("external_results/refusal", why=refusal.why.value, facts={**FACTS, **refusal.facts})[
        "say"
    ]
    return f"{_COLUMNS[refusal.column]}：{said}"


_COLUMNS = {
    performance.Column.ID: ID,
    performance.Column.KIND: KIND,
    performance.Column.PERSON: PERSON,
    performance.Column.DAY: DAY,
    performance.Column.AMOUNT: AMOUNT,
    performance.Column.CUSTOMER: CUSTOMER,
    performance.Column.LOAN: LOAN,
    performance.Column.FIRST_VISIT: FIRST_VISIT,
    performance.Column.SYSTEM: SYSTEM,
}


def _shown(kind: str, amount: int | None) -> str:
    return f"{yuan(amount or 0)} 元" if kind in MONEY else f"{amount or 0:,}"


def _amount(kind: str, said: str) -> int | None:
    """Fen, minutes or points; None for an empty cell.

    Raises:
        Refused: it is no such number.
    """
    return cells.amount(said, AMOUNT) if kind in MONEY else _whole(said, AMOUNT)


def _whole(said: str, column: str) -> int | None:
    plain = unicodedata.normalize("NFKC", said).replace(",", "").strip()
    if not plain:
        return None
    found = _WHOLE.fullmatch(plain)
    if found is None:
        raise Refused(f"看不懂{column}「{said[:20]}」，写成整数，如 12")
    return int(found[1])


def _month(said: str) -> date:
    found = _MONTH.fullmatch(unicodedata.normalize("NFKC", said).strip())
    if found is not None and 1 <= int(found[2]) <= 12:
        return date(int(found[1]), int(found[2]), 1)
    day = cells.day(said, DAY)
    if day is None:
        raise Refused("合计行的日期写成月份，如 2026-03")
    return day.replace(day=1)


EXTERNAL_RESULTS = Kind(
    (KIND, DAY, AMOUNT),
    (ID, PERSON, CUSTOMER, LOAN, FIRST_VISIT, SYSTEM, COUNT),
    ("成交", "2026-03-09", "5000.00", "S-2026-0001", "E0001", "K10086", "", "2026-03-02", "核心系统", ""),
    ExternalResults,
    {
        **dict.fromkeys(("金额", "数额", "数量", "分数", "分钟"), AMOUNT),
        **dict.fromkeys(("编号", "流水号", "单号", "记录编号"), ID),
        **dict.fromkeys(("员工编号", "账号", "企业微信账号", "业务员工号"), PERSON),
        **dict.fromkeys(("客户号",), CUSTOMER),
        **dict.fromkeys(("借据号", "放款编号", "合同编号"), LOAN),
        **dict.fromkeys(("种类", "类型", "指标"), KIND),
        **dict.fromkeys(("第一次拜访", "首次拜访日期"), FIRST_VISIT),
        **dict.fromkeys(("系统", "来源"), SYSTEM),
    },
    asks=(SYSTEM,),
    previews=True,
)
