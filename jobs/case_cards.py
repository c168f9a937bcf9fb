"""What people are told of cases, in one way: who gets a card, and what the cards are about."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from jobs.base import CloseCards, Notice
from models import staff
from models.cases import Signal
from models.staff import Employee, Role

Told = list[Notice | CloseCards]


def about_case(number: int) -> str:
    """What a card is about that shows a case and its state."""
    return f"case:{number}"


def about_payment(id_: int) -> str:
    """What a card is about that asks finance to look at a payment."""
    return f"payment:{id_}"


def about_offer(id_: int) -> str:
    """What a card is about that asks for a decision on a settlement."""
    return f"offer:{id_}"


def about_signal(id_: int) -> str:
    """What a card is about that passes on what customer service heard."""
    return f"signal:{id_}"


def close_case_cards(numbers: Iterable[int]) -> Told:
    """The case has changed: cards that show how it was can be tapped no more."""
    return [CloseCards(about_case(number), "cases/card_is_old") for number in numbers]


def supervisors_of(session: Session, unit_id: int, at: datetime) -> Sequence[Employee]:
    """Who decides about the cases of a unit: its supervisors, else the managers above, else its leaders."""
    for role in (Role.SUPERVISOR, Role.MANAGER, Role.TEAM_LEADER):
        found = staff.holders(session, role, unit_id=unit_id, at=at)
        if found:
            return found
    return []


def finance_of(session: Session, unit_id: int, at: datetime) -> Sequence[Employee]:
    """Who confirms the payments of a unit: finance nearest to it, else finance anywhere."""
    return staff.holders(session, Role.FINANCE, unit_id=unit_id, at=at) or staff.holders(
        session, Role.FINANCE, unit_id=None, at=at
    )


def about_halt(id_: int) -> str:
    """What a card is about that asks whether contact may go on."""
    return f"halt:{id_}"


def told_of_handling(session: Session, signals: Sequence[Signal], by: Employee) -> Told:
    """Customer service hears which of this was dealt with, and the cards about that are closed."""
    told: Told = []
    for signal in signals:
        if signal.handled_at is None:
            continue
        told.append(CloseCards(about_signal(signal.id), "relay/handled_button"))
        sender = session.get_one(Employee, signal.by_id)
        if sender.id != by.id:
            told.append(Notice(sender, "relay/it_was_handled", {"number": signal.case_id, "person": by}))
    return told


def leaders_of(session: Session, unit_id: int, at: datetime, *, but_for: int) -> Sequence[Employee]:
    """Who leads the people of a unit: its team leaders, else its supervisors, else the managers above."""
    for role in (Role.TEAM_LEADER, Role.SUPERVISOR, Role.MANAGER):
        found = [one for one in staff.holders(session, role, unit_id=unit_id, at=at) if one.id != but_for]
        if found:
            return found
    return []
