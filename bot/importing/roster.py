"""A roster from a table: one row a person, one column a day, in each cell a shift or a day off."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.database import Database
from bot.importing import cells
from bot.importing.base import OPERATOR, Kind, Work
from bot.importing.cells import Checks, Refused
from bot.sheets import Line
from config.settings import SettingsError
from models import attendance, audit, staff
from models.attendance import RosterEntry
from models.staff import Employee

NAME, ACCOUNT, NUMBER = "姓名", "企业微信账号", "工号"
OFF = frozenset(["休", "休息", "轮休", "公休", "排休", "放假", "off", "×", "x", "〇", "○"])
LEAVE = frozenset(["假", "请假", "年假", "病假", "事假", "调休", "婚假", "产假", "丧假"])
"""What says that somebody is on leave: that stands elsewhere, and the roster says nothing."""
DAYS = ("12月1日", "12月2日", "12月3日", "12月4日", "12月5日", "12月6日", "12月7日")
LONG_AGO = 180
_SHORT = re.compile(r"(\d{1,2})(?:月|[/.-])(\d{1,2})[日号]?")
_WEEKDAY = re.compile(r"[\s（(]*(?:周|星期|礼拜)[一二三四五六日天][\s）)]*$")


class RosterKind(Kind):
    """The kind of table whose further columns are days."""

    def template(self) -> list[Sequence[str]]:
        """A week of one person."""
        cells_ = ("早班", "早班", "夜班", "夜班", "休", "休", "")
        return [(*self.columns, *DAYS), (*self.example, *cells_)]


class Rosters:
    """Takes the rows of one file; days that are over are left as they were."""

    def __init__(self, work: Work) -> None:
        self.work = work
        today = work.at.date()
        named = {column: day_of(column, today) for column in work.report.columns if column not in COLUMNS}
        self._days = {column: day for column, day in named.items() if day is not None and day >= today}
        over = [column for column, day in named.items() if day is not None and day < today]
        others = [column for column, day in named.items() if day is None]
        if not self._days and not over:
            raise SettingsError("表头里没有日子：姓名后面每一列写一天，如 12月1日 或 2026-12-01。")
        if len(set(self._days.values())) < len(self._days):
            raise SettingsError("表头里有两列是同一天，请删掉一列。")
        if over:
            work.report.told.append(f"过去的日子不改：{'、'.join(over[:5])}{'等' if len(over) > 5 else ''}")
        if others:
            work.report.told.append(f"没有用到的列：{'、'.join(others[:5])}{'等' if len(others) > 5 else ''}")

    def take(self, database: Database, lines: Sequence[Line]) -> None:
        """All of them in one transaction; a row with a wrong cell is not taken at all."""
        with self.work.stage("write"), database.writing() as session:
            shifts = {
                cells.folded(name): number for name, number in attendance.open_shift_names(session).items()
            }
            for number, row in lines:
                try:
                    self._enter(session, shifts, number, row)
                except Refused as refused:
                    self.work.report.refuse(number, row, str(refused))

    def finish(self, _session: Session) -> None:
        """Nothing more."""

    def _enter(self, session: Session, shifts: Mapping[str, int], line: int, row: Mapping[str, str]) -> None:
        person = self._person(session, row)
        self.work.first(NAME, str(person.id), line)
        checks, wanted = Checks(), dict[date, int | None]()
        for column, day in self._days.items():
            said = cells.folded(row[column])
            if not said or said in LEAVE:
                continue
            if said not in OFF and said not in shifts:
                checks.note(
                    f"{column}：没有「{row[column][:20]}」这个班次，可以写：{self._known(shifts)}、休"
                )
                continue
            wanted[day] = None if said in OFF else shifts[said]
        checks.done()
        known = self._entries(session, person)
        before = {day: known[day] for day in wanted if day in known}
        if before == wanted:
            self.work.report.unchanged += 1
            return
        self._keep(session, person, wanted)
        if before:
            self.work.report.changed += 1
        else:
            self.work.report.new += 1
        audit.record(
            session,
            at=self.work.at,
            actor=OPERATOR,
            action="import.rostered",
            subject=person.subject,
            details={"days": {day.isoformat(): shift_id for day, shift_id in wanted.items()}},
        )

    def _person(self, session: Session, row: Mapping[str, str]) -> Employee:
        asked = row[ACCOUNT] or row[NUMBER] or row[NAME]
        if not asked:
            raise Refused("姓名没有填")
        found = session.scalars(
            select(Employee).where(staff.is_called(asked), staff.active(self.work.at)).limit(2)
        ).all()
        if not found:
            raise Refused(f"名单里没有「{asked[:20]}」，或者已经离职")
        if len(found) > 1:
            raise Refused(f"有几个人叫「{asked[:20]}」，请填{ACCOUNT}或{NUMBER}")
        if row[NAME] and found[0].name != row[NAME]:
            raise Refused(f"{ACCOUNT}、{NUMBER}是{found[0].name}的，和姓名对不上")
        return found[0]

    def _known(self, shifts: Mapping[str, int]) -> str:
        return "、".join(shifts) or "（还没有班次，先在聊天里发「加班次」）"

    def _entries(self, session: Session, person: Employee) -> Mapping[date, int | None]:
        rows = session.execute(
            select(RosterEntry.day, RosterEntry.shift_id).where(
                RosterEntry.employee_id == person.id, RosterEntry.day.in_(self._all_days)
            )
        )
        return {row.day: row.shift_id for row in rows}

    @cached_property
    def _all_days(self) -> list[date]:
        return list(self._days.values())

    def _keep(self, session: Session, person: Employee, wanted: Mapping[date, int | None]) -> None:
        worked = [shift_id for shift_id in wanted.values() if shift_id is not None]
        if worked and not attendance.has_shift(session, person.id):
            first = attendance.open_shift(session, asked=worked[0])
            attendance.assign_shift(session, employee=person, shift=first, since=min(wanted), by_roster=True)
        for shift_id in set(wanted.values()):
            days = [day for day, one in wanted.items() if one == shift_id]
            shift = None if shift_id is None else attendance.open_shift(session, asked=shift_id)
            attendance.keep_roster(session, employee=person, days=days, shift=shift)


def day_of(column: str, today: date) -> date | None:
    """The day that the name of a column means: 2026-12-01, 12月1日, 12/1 周二; None if it is none.

    Raises:
        SettingsError: it looks like a day, and there is no such day.
    """
    said = _WEEKDAY.sub("", unicodedata.normalize("NFKC", column)).strip()
    short = _SHORT.fullmatch(said)
    try:
        if short is None:
            return cells.day(said, "日子")
        month, number = int(short[1]), int(short[2])
        this = date(today.year, month, number)
        return this if (today - this).days < LONG_AGO else date(today.year + 1, month, number)
    except Refused:
        return None
    except ValueError:
        raise SettingsError(f"表头的「{column}」：日历上没有这一天。") from None


NEEDED = (NAME,)
OPTIONAL = (ACCOUNT, NUMBER)
COLUMNS = frozenset({*NEEDED, *OPTIONAL})
ROSTER = RosterKind(NEEDED, OPTIONAL, ("张三", "zhangsan", ""), Rosters, further=True)
