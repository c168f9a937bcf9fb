"""Rows of a table of cases: what each says, or why it cannot be taken."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from bot.importing import cells, columns, units
from bot.importing.base import REASON, Work
from bot.importing.cells import Refused
from bot.importing.columns import (
    ADDRESS,
    AREA,
    BALANCE,
    COMMISSION,
    CONTACTS,
    COORDINATES,
    CREDITOR,
    DAYS,
    END,
    ID_NUMBER,
    LANGUAGE,
    LATITUDE,
    LONGITUDE,
    NAME,
    OURS,
    OWED,
    PHONE,
    PLACEMENT,
    PRINCIPAL,
    PRODUCT,
    REFERENCE,
    SINCE,
    START,
    UNIT,
)
from config.settings import SettingsError
from models import secrecy
from models.cases import CaseFacts, ContactFacts, DebtorFacts, Terms
from models.locations import Point

LONGEST_WORD, LONGEST_REFERENCE, LONGEST_ADDRESS, LONGEST_CUSTOM = 50, 60, 200, 200
MOST_CUSTOM = 30
"""So many further columns are kept."""
NEEDED = (REFERENCE, CREDITOR, PLACEMENT, NAME)
OPTIONAL = (
    *(OWED, ID_NUMBER, PHONE, ADDRESS, LONGITUDE, LATITUDE, COORDINATES),
    *(PRODUCT, AREA, PRINCIPAL, SINCE, DAYS, BALANCE),
    *(START, END, UNIT, LANGUAGE, COMMISSION),
    *(column for contact in CONTACTS for column in contact),
)


@dataclass(frozen=True)
class Checked:
    """A row that can be read as it stands; its placement may still be unknown."""

    line: int
    row: Mapping[str, str]
    amount: int
    owed_now: bool
    unit_id: int | None
    terms: Terms
    debtor: DebtorFacts
    facts: CaseFacts


class Reader:
    """Understands the rows of one file."""

    def __init__(self, work: Work) -> None:
        self.work = work
        known = {*NEEDED, *OPTIONAL, REASON, *OURS}
        there = work.report.columns
        if not {OWED, BALANCE} & set(there):
            raise SettingsError(f"缺少列：{OWED}（或{BALANCE}）。用 --template 生成一份空表。")
        self.owed = BALANCE if BALANCE in there else OWED
        """The column that says what is owed."""
        self._given = {name: value for name, value in work.given.items() if name in known}
        further = [name for name in there if name not in known]
        self._custom = [name for name in further if not columns.is_personal(name)][:MOST_CUSTOM]
        self.left_out = [name for name in further if name not in self._custom]
        """Columns that are not taken."""
        self._hashed = sorted({*there, *self._given} - {REASON, DAYS, *OURS, *self.left_out})
        self._units: dict[str, int | None] = {}
        self.left: Counter[str] = Counter()
        """How many cells were not taken although their rows were: `contacts`, `personal`, `places`."""

    def filled(self, row: Mapping[str, str]) -> Mapping[str, str]:
        """A row with what was given for the whole file where it says nothing."""
        missing = {name: value for name, value in self._given.items() if not row.get(name)}
        return {**row, **missing} if missing else row

    def amount_of(self, row: Mapping[str, str]) -> int | None:
        """What is owed according to a row; None if it cannot be read."""
        try:
            return cells.amount(row.get(BALANCE, ""), BALANCE) or cells.amount(row.get(OWED, ""), OWED)
        except Refused:
            return None

    def hash(self, session: Session, row: Mapping[str, str]) -> str:
        """Of all that is taken from a row; days past due count as the day since when."""
        said = [f"{name}={value}" for name in self._hashed if (value := row.get(name, ""))]
        if days := row.get(DAYS):
            said.append(f"{DAYS}={self._since(days) or days}")
        return secrecy.identity_hash(session, "case_row", "\x1f".join(said))

    def _since(self, days: str) -> date | None:
        return self.work.at.date() - timedelta(days=int(days) - 1) if _is_days(days) and int(days) else None

    def understood(self, session: Session, line: int, row: Mapping[str, str], digest: str) -> Checked:
        """What a row says.

        Raises:
            Refused: why it cannot be taken.
        """
        reference, name = row[REFERENCE], row[NAME]
        if not reference or len(reference) > LONGEST_REFERENCE:
            raise Refused(f"案件编号没有填，或者超过 {LONGEST_REFERENCE} 个字")
        if not row[CREDITOR] or not row[PLACEMENT]:
            raise Refused("甲方和批次都要填；整份文件都一样的话，用 --creditor 和 --placement 给")
        if len(row[CREDITOR]) > units.LONGEST_NAME or len(row[PLACEMENT]) > LONGEST_WORD:
            raise Refused("甲方或批次太长")
        if not name or len(name) > LONGEST_WORD:
            raise Refused("姓名没有填，或者太长")
        now = cells.amount(row.get(BALANCE, ""), BALANCE)
        owed = now if now is not None else cells.amount(row.get(OWED, ""), OWED)
        if not owed:
            raise Refused("欠款没有填，或者是 0；已经还清的，请用 muster import payments 导入还款")
        debtor = self._debtor(row, name)
        facts = CaseFacts(
            reference=reference,
            balance=owed,
            principal=cells.amount(row[PRINCIPAL], PRINCIPAL) or 0,
            overdue_since=self._overdue_since(row),
            product=row[PRODUCT][:LONGEST_WORD],
            area=row[AREA][:LONGEST_WORD],
            language=row[LANGUAGE][:20],
            custom=self._further(row),
            content_hash=digest,
        )
        terms = Terms(
            start_on=cells.day(row[START], START),
            end_on=cells.day(row[END], END),
            commission_permille=cells.permille(row[COMMISSION], COMMISSION),
        )
        return Checked(line, row, owed, now is not None, self._unit(session, row[UNIT]), terms, debtor, facts)

    def _debtor(self, row: Mapping[str, str], name: str) -> DebtorFacts:
        phone, id_number = cells.phone(row[PHONE]), cells.id_number(row[ID_NUMBER])
        if not phone and not id_number:
            raise Refused("身份证号和手机号至少要填一个")
        contacts = []
        for named, related, numbered in CONTACTS:
            if not (said := row[numbered]):
                continue
            number = cells.any_number(said)
            if number:
                contacts.append(
                    ContactFacts(number, columns.relation_of(row[related]), row[named][:LONGEST_WORD])
                )
            else:
                self.left["contacts"] += 1
        point = self._point(row)
        return DebtorFacts(name, id_number, phone, row[ADDRESS][:LONGEST_ADDRESS], tuple(contacts), point)

    def _point(self, row: Mapping[str, str]) -> Point | None:
        """Where the address is; what nobody can read is left out, and the row taken all the same."""
        if not row[LONGITUDE] and not row[LATITUDE]:
            return None
        point = cells.point(row[LATITUDE], row[LONGITUDE], row[COORDINATES])
        if point is None:
            self.left["places"] += 1
        return point

    def _overdue_since(self, row: Mapping[str, str]) -> date | None:
        since = cells.day(row[SINCE], SINCE)
        if since is not None or not row[DAYS]:
            return since
        if not _is_days(row[DAYS]):
            raise Refused(f"看不懂逾期天数「{row[DAYS][:20]}」，写成 45")
        return self._since(row[DAYS])

    def _further(self, row: Mapping[str, str]) -> Mapping[str, str]:
        """Columns of the creditor's own, but for what looks like something about a person."""
        found = {}
        for name in self._custom:
            value = row[name]
            if value and columns.is_personal(name, value):
                self.left["personal"] += 1
            elif value:
                found[name] = value[:LONGEST_CUSTOM]
        return found

    def _unit(self, session: Session, path: str) -> int | None:
        if not path:
            return None
        if path not in self._units:
            found = units.known(session, path)
            self._units[path] = None if found is None else found.id
        if self._units[path] is None:
            raise Refused(f"没有「{path[:40]}」这个单位，或者不止一个：写全路径，如 城北分公司/催收一组")
        return self._units[path]


def _is_days(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5
