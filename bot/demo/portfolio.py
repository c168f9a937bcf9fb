"""The cases of the sample company: invented debts of invented customers (domain.md section 10)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from bot.demo.company import BRANCHES, Sample, branch_of
from bot.demo.customers import Customer, customers
from bot.demo.identities import NO_REGION, with_check_digit
from bot.demo.names import stream
from models.contact import Relation
from models.staff import Role

WORKERS = (Role.COLLECTOR, Role.FIELD_REP)
EACH, MOST = 50, 2500
"""How many cases there are for each who works them, and how many in all at most."""
SPARE = 60
"""And how many more for the pool of each branch."""
BUCKETS = {1: 35, 2: 15, 3: 10, 4: 8, 5: 7, 6: 7, 7: 18}
"""Of a hundred cases."""
OLDEST_DAYS = 700
SECOND_CASE = 0.06
"""How many customers owe the same creditor twice."""
FRIENDS = {"1540002": Relation.RELATED_THIRD_PARTY, "1540003": Relation.UNRELATED_THIRD_PARTY}
"""Whose numbers stand in the loan file: 154 is handed out to no operator; four more digits follow."""
AREAS = {"总部": "成都", "城北分公司": "成都城北", "城东分公司": "成都城东"}


@dataclass(frozen=True)
class Lender:
    """A creditor that does not exist, and what its debts are like: log-normal, in yuan."""

    name: str
    product: str
    median: int
    sigma: float
    least: int
    most: int
    permille: int


LENDERS = (
    Lender("蓉城银行", "信用卡", 25_000, 0.9, 1_000, 200_000, 350),
    Lender("砚湖消费金融", "消费贷", 8_000, 0.8, 500, 50_000, 280),
    Lender("霁山小额贷款", "小额贷", 8_000, 0.8, 500, 50_000, 300),
)


@dataclass(frozen=True)
class Friend:
    """Somebody whose number stands in the loan file."""

    name: str
    number: str
    relation: Relation


@dataclass(frozen=True)
class Debt:
    """One invented case; money in fen."""

    lender: Lender
    branch: str
    batch: date
    """The first day of the month in which it was placed."""
    reference: str
    customer: Customer
    id_number: str
    balance: int
    principal: int
    overdue_since: date
    friends: Sequence[Friend]


def debts(people: Sequence[Sample], today: date) -> Iterator[Debt]:
    """All of them, branch by branch; the same people on the same day always have the same."""
    workers = [branch_of(person.team) for person in people if person.role in WORKERS]
    each = min(EACH, MOST // max(len(workers), 1))
    numbers = {branch: workers.count(branch) * each + SPARE for branch in BRANCHES}
    everybody = iter(customers(sum(numbers.values())))
    rng = stream("debts")
    for place, (branch, number) in enumerate(numbers.items(), start=1):
        last: Debt | None = None
        for n in range(number):
            same = last if rng.random() < SECOND_CASE else None
            last = _debt(rng, branch, f"{place}{n:05}", next(everybody), today, same)
            yield last


def _debt(rng: Random, branch: str, number: str, customer: Customer, today: date, same: Debt | None) -> Debt:
    lender = same.lender if same else rng.choice(LENDERS)
    yuan = min(max(rng.lognormvariate(math.log(lender.median), lender.sigma), lender.least), lender.most)
    [bucket] = rng.choices(list(BUCKETS), weights=list(BUCKETS.values()))
    days = rng.randint(181, OLDEST_DAYS) if bucket == 7 else rng.randint(7, 30) + 30 * (bucket - 1)
    this_month = today.replace(day=1)
    batch = this_month if rng.random() < 0.6 else (this_month - timedelta(days=1)).replace(day=1)
    born = date(1970, 1, 1) + timedelta(days=rng.randrange(12_000))
    id_number = with_check_digit(f"{NO_REGION}{born:%Y%m%d}{rng.randint(1, 999):03}")
    other = customer.name[0] + rng.choice("伟芳娜敏静强")
    friends = [
        Friend(other, f"{block}{int(number) % 10_000:04}", relation) for block, relation in FRIENDS.items()
    ]
    return Debt(
        lender=lender,
        branch=branch,
        batch=batch,
        reference=f"{'RYX'[LENDERS.index(lender)]}{number}",
        customer=same.customer if same else customer,
        id_number=same.id_number if same else id_number,
        balance=round(yuan * 100),
        principal=round(yuan * rng.uniform(0.75, 0.95)) * 100,
        overdue_since=today - timedelta(days=days - 1),
        friends=same.friends if same else friends,
    )
