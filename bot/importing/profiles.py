"""Work profiles from a table: what somebody may be given, how many, and until when they are licensed."""

import re
import unicodedata
from collections.abc import Mapping

from sqlalchemy.orm import Session

from bot.importing import cells
from bot.importing.base import OPERATOR, Kind, RowByRow, Work
from bot.importing.cells import Refused
from models import cases, staff, training

ACCOUNT, BUCKETS, PRODUCTS, AREAS, LANGUAGES = "企业微信账号", "账龄", "产品", "地区", "语言"
CAP, LICENSED = "上限", "上岗证到期"
LAST_BUCKET = 7
_SEPARATOR = re.compile(r"[,;、\s]+")
_BUCKET = re.compile(r"M?(\d)\+?(?:[-~至到]M?(\d)\+?)?", re.IGNORECASE)


def _enter_profile(session: Session, work: Work, line: int, row: Mapping[str, str]) -> None:
    account = row[ACCOUNT]
    work.first(ACCOUNT, account.lower(), line)
    person = staff.find_employee(session, account, at=work.at)
    if person is None:
        raise Refused(f"没有账号是「{account[:40]}」的在职员工")
    known = session.get(cases.WorkProfile, person.id) is not None
    changed = cases.keep_profile(
        session,
        person=person,
        buckets=_buckets(row[BUCKETS]),
        products=_words(row[PRODUCTS]),
        areas=_words(row[AREAS]),
        languages=_words(row[LANGUAGES]),
        cap=_cap(row[CAP], work.policy.cases.capacity_hard),
        at=work.at,
        actor=OPERATOR,
    )
    until = cells.day(row[LICENSED], LICENSED)
    if until is not None:
        entered = training.enter_licence(session, person=person, until=until, at=work.at, actor=OPERATOR)
        changed = changed or entered is not None
    if not changed:
        work.report.unchanged += 1
    elif known:
        work.report.changed += 1
    else:
        work.report.new += 1


def _words(text: str) -> list[str]:
    return [word for word in _SEPARATOR.split(unicodedata.normalize("NFKC", text)) if word]


def _buckets(text: str) -> list[int]:
    """Buckets as people write them: M1、M2 · M1-M3 · 1~3 · M7+."""
    found: set[int] = set()
    for word in _words(text):
        said = _BUCKET.fullmatch(word)
        first, last = (int(said[1]), int(said[2] or said[1])) if said else (1, 0)
        if not first <= last <= LAST_BUCKET:
            raise Refused(f"看不懂账龄「{word[:20]}」，写成 M1、M2 或 M1-M3")
        found.update(range(first, last + 1))
    return sorted(found)


def _cap(text: str, most: int) -> int | None:
    said = cells.digits(text, CAP)
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and int(said) <= most):
        raise Refused(f"上限「{text[:20]}」要是 0 到 {most} 的整数")
    return int(said)


PROFILES = Kind(
    (ACCOUNT,),
    (BUCKETS, PRODUCTS, AREAS, LANGUAGES, CAP, LICENSED),
    ("zhangsan", "M1-M3", "信用卡、消费贷", "", "普通话、四川话", "150", "2029-12-31"),
    lambda work: RowByRow(work, _enter_profile),
    {"账号": ACCOUNT},
)
