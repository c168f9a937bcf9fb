"""A creditor's file of any size, and the company that works its cases: invented, the same every time."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy.orm import Session

from bot.demo.identities import with_check_digit
from models import staff
from models.base import SHANGHAI
from models.staff import Employee, Role, Unit, UnitKind

NOW = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
CREDITOR, PLACEMENT, BRANCH = "蓉城银行", "2026-03批", "城北分公司"
HEAD = (
    *(
        "案件编号",
        "甲方",
        "批次",
        "姓名",
        "身份证号",
        "手机号",
        "住址",
        "产品",
        "地区",
        "本金",
        "欠款",
        "逾期日期",
    ),
    *("委案开始", "委案到期", "催收单位", "佣金", "联系人1姓名", "联系人1关系", "联系人1电话"),
    *("联系人2姓名", "联系人2关系", "联系人2电话", "客群", "账单日"),
)
PRODUCTS, AREAS = ("信用卡", "消费贷", "车贷"), ("成都", "绵阳", "德阳", "南充")
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜敏静强磊洋艳勇军杰娟涛明超霞平刚桂"
TEAM = 20
"""People of a team, its leader not counted."""
MORE_THAN_ONE = 10
"""One debtor in so many has a second case."""


def rows(number: int) -> Iterator[Sequence[str]]:
    """So many rows of the file, without its head."""
    rng = Random(20260302)
    for n in range(number):
        debtor = n - 1 if n % MORE_THAN_ONE == 1 else n
        owed = min(max(int(rng.lognormvariate(9.0, 0.8) * 100), 50_000), 20_000_000)
        since = date(2026, 3, 2) - timedelta(days=rng.randrange(1, 400))
        yield (
            f"RC{n:08}",
            *(CREDITOR, PLACEMENT),
            *_person(debtor),
            PRODUCTS[debtor % 3],
            AREAS[debtor % 4],
            f"{owed * 8 // 1000 / 10:.2f}",
            f"{owed / 100:.2f}",
            f"{since}",
            *("2026-03-01", "2026-05-31", BRANCH, "35%"),
            *(_name(debtor + 7), "配偶", f"137{debtor:08}"),
            *(_name(debtor + 11), "朋友", f"136{debtor:08}"),
            *(f"客群{debtor % 5}", f"{debtor % 28 + 1}"),
        )


def _person(number: int) -> Sequence[str]:
    born = date(1970, 1, 1) + timedelta(days=number // 900 % 12_000)
    id_number = with_check_digit(f"510104{born:%Y%m%d}{number % 900 + 100:03}")
    address = f"成都市锦江区示例路{number % 300 + 1}号{number % 40 + 1}栋"
    return _name(number), id_number, f"139{number:08}", address


def _name(number: int) -> str:
    return SURNAMES[number % 20] + GIVEN[number // 20 % 20] + GIVEN[number // 400 % 20]


def write(path: Path, number: int) -> Path:
    """A CSV file with so many cases."""
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(HEAD)
        writer.writerows(rows(number))
    return path


def company(session: Session, people: int) -> Sequence[Employee]:
    """A branch with a supervisor, and so many collectors in teams with leaders; returns the collectors."""
    root = staff.ensure_root(session)
    branch = staff.add_unit(session, name=BRANCH, parent=root, kind=UnitKind.BRANCH)
    _hire(session, "boss", Role.SUPERVISOR, branch)
    collectors = []
    for first in range(0, people, TEAM):
        team = staff.add_unit(session, name=f"催收{first // TEAM + 1}组", parent=branch)
        _hire(session, f"leader{first // TEAM + 1}", Role.TEAM_LEADER, team)
        for number in range(first, min(first + TEAM, people)):
            collectors.append(_hire(session, f"collector{number:03}", Role.COLLECTOR, team))
    return collectors


def _hire(session: Session, account: str, role: Role, unit: Unit) -> Employee:
    return staff.add_employee(session, wecom_id=account, name=account, role=role, unit=unit)
