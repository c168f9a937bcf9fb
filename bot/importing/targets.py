"""Targets from a table: which role of which unit is to reach how much of what, from which month on."""

import re
from collections.abc import Mapping

from sqlalchemy.orm import Session

from bot.importing import units
from bot.importing.base import OPERATOR, Kind, RowByRow, Work
from bot.importing.cells import Refused, folded
from handlers.performance_words import read_target
from models import performance, staff
from models.performance import KINDS, Unit, Wanted

UNIT, ROLE, BUCKET, MEASURE, VALUE, MONTH = "单位", "角色", "账龄", "指标", "目标", "起始月份"
_DAY = re.compile(r"(20\d{2}-\d{2})-\d{2}.*")
_SHARE = re.compile(r"0?\.\d+")


def _enter_target(session: Session, work: Work, line: int, row: Mapping[str, str]) -> None:
    work.first("、".join((UNIT, ROLE, BUCKET, MEASURE, MONTH)), "|".join(map(folded, _key(row))), line)
    wanted = _wanted(session, work, row)
    try:
        before = performance.keep_target(
            session, wanted=wanted, actor=OPERATOR, at=work.at, policy=work.policy
        )
    except performance.TargetInThePast as refused:
        raise Refused(f"过去的月份不能改目标，最早从 {refused.facts['first']:%Y-%m} 起") from refused
    except performance.TargetOutOfRange as refused:
        raise Refused(f"目标「{row[VALUE][:20]}」太大，最高是 {refused.facts['most']:f}") from refused
    except performance.RoleHasNoTargets as refused:
        names = "、".join(refused.facts["roles"])
        raise Refused(f"「{row[ROLE][:20]}」不算综合分，能定目标的有：{names}") from refused
    if before is None:
        work.report.new += 1
    elif before != wanted.value:
        work.report.changed += 1
    else:
        work.report.unchanged += 1


def _key(row: Mapping[str, str]) -> tuple[str, ...]:
    return row[UNIT], row[ROLE], row[BUCKET], row[MEASURE], row[MONTH]


def _wanted(session: Session, work: Work, row: Mapping[str, str]) -> Wanted:
    roles = {rights.name: role for role, rights in work.policy.rights.roles.items()}
    role = roles.get(row[ROLE].strip())
    if role is None:
        raise Refused(f"没有「{row[ROLE][:20]}」这个角色")
    unit = units.known(session, row[UNIT].strip() or staff.ROOT_NAME)
    if unit is None:
        raise Refused(f"没有单位「{row[UNIT][:40]}」，写路径，如 城北分公司/一组；空着是全公司")
    month = _DAY.sub(r"\1", row[MONTH])
    said = read_target(
        f"{row[MEASURE]} {row[VALUE]} {month}", work.at.date(), work.policy.performance.measures
    )
    bucket = read_target(f"{row[BUCKET]}", work.at.date(), {}).bucket
    if not said.measure:
        names = "、".join(words[0] for words in work.policy.performance.measures.values())
        raise Refused(f"没有「{row[MEASURE][:20]}」这个指标，有：{names}")
    if said.starts_on is None:
        raise Refused(f"看不懂起始月份「{row[MONTH][:20]}」，写成 2026-12")
    if row[BUCKET].strip() and bucket == performance.ANY_BUCKET:
        raise Refused(f"看不懂账龄「{row[BUCKET][:20]}」，写成 M2；空着是全部账龄")
    is_share = KINDS[said.measure].unit is Unit.RATE and _SHARE.fullmatch(row[VALUE].strip())
    if said.value is None or said.rest or is_share:
        raise Refused(f"看不懂目标「{row[VALUE][:20]}」，写成 35%、2.5 或 20万，最多两位小数")
    return Wanted(said.measure, said.value, said.starts_on, bucket, unit=unit, role=role)


TARGETS = Kind(
    (ROLE, MEASURE, VALUE, MONTH),
    (UNIT, BUCKET),
    ("催收员", "回款率", "35%", "2029-12", "", "M2"),
    lambda work: RowByRow(work, _enter_target),
)
