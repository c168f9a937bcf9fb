"""Candidates from a table: who has applied, where and for what, and what the résumé says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.database import Database
from bot.importing import cells, units
from bot.importing.base import OPERATOR, Kind, Work
from bot.importing.cells import Checks, Refused
from bot.sheets import Line
from models import candidates, recruiting
from models.candidates import Applicant
from models.recruiting import Resume, number_as_id
from models.staff import Unit

NAME, PHONE, PLACE, JOB = "姓名", "手机号", "应聘机构", "应聘岗位"
ID_NUMBER, ADDRESS, APPLIED, SOURCE, EMAIL = "身份证号", "住址", "应聘日期", "来源", "邮箱"
NUMBER, SCREEN, RESUME = "应聘编号", "初筛分", "简历"
LONGEST_NUMBER = 40
LONGEST_RESUME = 20_000
BATCH = 250
"""Rows of one transaction: it holds the write lock for less than a tenth of a second."""
ONE_BY_ONE = 25
"""Of those who may be known so many in one transaction."""
TRIES = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """A row as it is understood."""

    row: Mapping[str, str]
    applicant: Applicant
    resume: Resume | None


class Candidates:
    """Takes the rows of one file: new people set-wise, and who may be known one by one."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._units: dict[str, int | None] = {}

    def take(self, database: Database, lines: Sequence[Line]) -> None:
        """Take some rows, each kept or refused with a reason."""
        with self.work.stage("check"), database.reading() as session:
            checked = {}
            for number, row in lines:
                try:
                    checked[number] = self._check(session, number, row)
                except Refused as refused:
                    self.work.report.refuse(number, row, str(refused))
        left = self._take_new(database, checked)
        for first in range(0, len(left), ONE_BY_ONE):
            with self.work.stage("write"), database.writing() as session:
                for one in left[first : first + ONE_BY_ONE]:
                    self._enter(session, one)

    def _take_new(self, database: Database, checked: Mapping[int, Checked]) -> Sequence[Checked]:
        """Write the new ones; returns who may be known."""
        work, applicants = self.work, [one.applicant for one in checked.values()]
        for _ in range(TRIES):
            with work.stage("seal"), database.reading() as session:
                ready = candidates.make_ready(session, applicants, at=work.at)
            try:
                with work.stage("write"), database.writing() as session:
                    candidates.take_in(session, ready, at=work.at, policy=work.policy, actor=OPERATOR)
                    told = self._keep_resumes(session, checked, {**ready.applications, **ready.unchanged})
            except candidates.Outdated:
                continue
            changed = len(told & set(ready.unchanged.values()))
            work.report.new += len(ready.fresh)
            work.report.changed += changed
            work.report.unchanged += len(ready.unchanged) - changed
            return [checked[one.line] for one in ready.known]
        return list(checked.values())

    def _keep_resumes(
        self, session: Session, checked: Mapping[int, Checked], applications: Mapping[int, int]
    ) -> set[int]:
        """Keep what the résumés say; the applications of which that is more than was known, or else."""
        told = {id_: resume for line, id_ in applications.items() if (resume := checked[line].resume)}
        return set(recruiting.keep_resumes(session, told, at=self.work.at, policy=self.work.policy))

    def _check(self, session: Session, line: int, row: Mapping[str, str]) -> Checked:
        name, job, checks = row[NAME], row[JOB], Checks()
        if not name or len(name) > units.LONGEST_NAME:
            checks.note("姓名没有填，或者太长")
        checks.of(cells.unmasked, name, NAME)
        if not job or len(job) > units.LONGEST_TITLE:
            checks.note("应聘岗位没有填，或者太长")
        phone, id_number = checks.of(cells.phone, row[PHONE]), checks.of(cells.id_number, row[ID_NUMBER])
        if phone == "" and id_number == "":
            checks.note("手机号和身份证号至少要填一个")
        applied_on = checks.of(cells.day, row[APPLIED], APPLIED)
        unit_id = self._unit(session, row[PLACE])
        if unit_id is None:
            checks.note(f"没有「{row[PLACE]}」这个机构，或者不止一个：写全路径，如 城北分公司/催收一组")
        checks.of(cells.unmasked, row[ADDRESS], ADDRESS)
        email = checks.of(cells.email, row[EMAIL])
        resume = checks.of(_resume, row)
        number = checks.of(_number, row[NUMBER])
        checks.done()
        if number:
            self.work.first(NUMBER, number, line)
        assert unit_id is not None
        applicant = Applicant(
            line=line,
            name=name,
            phone=phone or None,
            id_number=id_number or None,
            address=row[ADDRESS] or None,
            unit_id=unit_id,
            job=job,
            applied_on=applied_on,
            source=row[SOURCE][: units.LONGEST_TITLE],
            number=number or None,
            email=email or None,
        )
        return Checked(row, applicant, resume)

    def _unit(self, session: Session, path: str) -> int | None:
        if self._units.get(path) is None:
            unit = units.known(session, path)
            self._units[path] = None if unit is None else unit.id
        return self._units[path]

    def _enter(self, session: Session, one: Checked) -> None:
        """Enter somebody who may be known."""
        report, applicant = self.work.report, one.applicant
        try:
            entered = candidates.enter(
                session,
                name=applicant.name,
                phone=applicant.phone,
                id_number=applicant.id_number,
                address=applicant.address,
                unit=session.get_one(Unit, applicant.unit_id),
                job=applicant.job,
                applied_on=applicant.applied_on,
                source=applicant.source,
                at=self.work.at,
                actor=OPERATOR,
                policy=self.work.policy,
                number=applicant.number,
                email=applicant.email,
            )
        except candidates.AnotherName as refusal:
            known = refusal.facts["known"]
            why = f"这个身份证号已登记在「{known}」名下，和这一行的姓名不一样，请人核对后再导"
            report.refuse(applicant.line, one.row, why)
            return
        except candidates.NumberTaken as refusal:
            why = f"应聘编号 {refusal.facts['number']} 已经是别的应聘，请核对"
            report.refuse(applicant.line, one.row, why)
            return
        told = self._keep_resumes(session, {applicant.line: one}, {applicant.line: entered.application_id})
        report.recognised += entered.recognised
        report.possible += entered.possible_match
        if entered.new:
            report.new += 1
        elif entered.changed or told:
            report.changed += 1
        else:
            report.unchanged += 1

    def finish(self, _session: Session) -> None:
        """Of whom a human has to decide."""
        report = self.work.report
        report.told.append(
            f"其中身份证号认出已有的人 {report.recognised} 位；疑似同一人、等人工判断 {report.possible} 位"
        )


def _number(text: str) -> str:
    """The number of an application as other systems name it; empty for none.

    Raises:
        Refused: it cannot be one.
    """
    number = cells.digits(text, NUMBER)
    if len(number) > LONGEST_NUMBER:
        raise Refused(f"应聘编号太长，最多 {LONGEST_NUMBER} 个字")
    if number and number_as_id(number) is not None:
        raise Refused(f"应聘编号不能是 A 加数字（{number}）：没有编号的应聘就是这样自动编号的")
    return number


def _resume(row: Mapping[str, str]) -> Resume | None:
    text = row[RESUME].strip()[:LONGEST_RESUME]
    screen = cells.points(row[SCREEN], SCREEN)
    return Resume(screen, text) if text or screen is not None else None


CANDIDATES = Kind(
    (NAME, PHONE, PLACE, JOB),
    (ID_NUMBER, ADDRESS, APPLIED, SOURCE, EMAIL, NUMBER, SCREEN, RESUME),
    ("李四", "13800138001", "城北分公司", "催收员", "", "", "2026-03-09", "校园招聘", "", "", "", ""),
    Candidates,
    batch=BATCH,
)
