"""Candidates from a table: who has applied, where and for what."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from bot.importing import cells, units
from bot.importing.base import OPERATOR, Kind, RowByRow, Work
from bot.importing.cells import Refused
from models import candidates

NAME, PHONE, PLACE, JOB = "姓名", "手机号", "应聘机构", "应聘岗位"
ID_NUMBER, ADDRESS, APPLIED, SOURCE, EMAIL = "身份证号", "住址", "应聘日期", "来源", "邮箱"


class Candidates(RowByRow):
    """Says how many were known."""

    def finish(self, _session: Session) -> None:
        """Of whom a human has to decide."""
        report = self.work.report
        report.told.append(
            f"其中身份证号认出已有的人 {report.recognised} 位；疑似同一人、等人工判断 {report.possible} 位"
        )


def _enter_candidate(session: Session, work: Work, _line: int, row: Mapping[str, str]) -> None:
    name, job = row[NAME], row[JOB]
    if not name or len(name) > units.LONGEST_NAME:
        raise Refused("姓名没有填，或者太长")
    if not job or len(job) > units.LONGEST_TITLE:
        raise Refused("应聘岗位没有填，或者太长")
    phone, id_number = cells.phone(row[PHONE]), cells.id_number(row[ID_NUMBER])
    if not phone and not id_number:
        raise Refused("手机号和身份证号至少要填一个")
    applied_on = cells.day(row[APPLIED], APPLIED)
    unit = units.known(session, row[PLACE])
    if unit is None:
        raise Refused(f"没有「{row[PLACE]}」这个机构，或者不止一个：写全路径，如 城北分公司/催收一组")
    try:
        entered = candidates.enter(
            session,
            name=name,
            phone=phone or None,
            id_number=id_number or None,
            address=row[ADDRESS] or None,
            unit=unit,
            job=job,
            applied_on=applied_on,
            source=row[SOURCE][: units.LONGEST_TITLE],
            at=work.at,
            actor=OPERATOR,
            policy=work.policy,
            email=cells.email(row[EMAIL]) or None,
        )
    except candidates.AnotherName as refusal:
        raise Refused(
            f"这个身份证号已登记在「{refusal.facts['known']}」名下，和这一行的姓名不一样，请人核对后再导"
        ) from None
    work.report.recognised += entered.recognised
    work.report.possible += entered.possible_match
    if entered.new:
        work.report.new += 1
    elif entered.changed:
        work.report.changed += 1
    else:
        work.report.unchanged += 1


CANDIDATES = Kind(
    (NAME, PHONE, PLACE, JOB),
    (ID_NUMBER, ADDRESS, APPLIED, SOURCE, EMAIL),
    ("李四", "13800138001", "城北分公司", "催收员", "", "", "2026-03-09", "校园招聘", ""),
    lambda work: Candidates(work, _enter_candidate),
)
