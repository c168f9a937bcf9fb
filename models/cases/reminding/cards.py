"""Keeping count of cards, holding them, and asking once more when one leaves."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from models.cases.reminding.tables import CardState, ReminderCard
from models.cases.reminding.topics import OF_TEAM, Line, Topic, lines, still_true

KEPT_SUBJECTS = 200
"""Of more than these it is taken for granted that some still hold."""


def keep_card(
    session: Session,
    *,
    employee_id: int,
    kind: str,
    at: datetime,
    state: CardState,
    subjects: Sequence[tuple[int, int]] = (),
    total: int = 0,
) -> ReminderCard:
    """Note a card for somebody; `subjects` are what it is about, each with its owner."""
    card = ReminderCard(
        employee_id=employee_id,
        kind=kind,
        day=at.date(),
        at=at,
        state=state,
        subjects=[list(pair) for pair in subjects[:KEPT_SUBJECTS]],
        total=max(total, len(subjects)),
    )
    session.add(card)
    session.flush()
    return card


def cards_of_day(
    session: Session, employee_ids: Collection[int], *, at: datetime, state: CardState = CardState.SENT
) -> Mapping[int, int]:
    """Employee → how many cards of this kind of fate there were on the day so far; 0 is left out.

    What is noted for later than now dates from before a clock was put back.
    """
    rows = session.execute(
        select(ReminderCard.employee_id, func.count())
        .where(
            ReminderCard.employee_id.in_(employee_ids),
            ReminderCard.day == at.date(),
            ReminderCard.at <= at,
            ReminderCard.state == state,
        )
        .group_by(ReminderCard.employee_id)
    )
    return {employee_id: int(count) for employee_id, count in rows}


def held_cards(session: Session, ids: Collection[int]) -> Sequence[ReminderCard]:
    """Of these, the cards that are still held."""
    return session.scalars(
        select(ReminderCard)
        .where(ReminderCard.id.in_(ids), ReminderCard.state == CardState.HELD)
        .order_by(ReminderCard.id)
    ).all()


def let_go(session: Session, cards: Collection[ReminderCard]) -> None:
    """Held cards are dealt with: what still holds goes into others."""
    ids = [card.id for card in cards]
    session.execute(update(ReminderCard).where(ReminderCard.id.in_(ids)).values(state=CardState.MERGED))


def card_holds(session: Session, card_id: int, at: datetime) -> bool:
    """Whether something a card is about is still so, and still with the same owner."""
    card = session.get(ReminderCard, card_id)
    if card is None:
        return False
    if card.total > len(card.subjects):
        return True
    then = {int(subject): int(owner) for subject, owner in card.subjects}
    now = still_true(session, Topic(card.kind), then.keys(), at)
    return any(then[subject] == owner for subject, owner in now.items())


def whose_now(session: Session, cards: Sequence[ReminderCard], at: datetime) -> Mapping[int, Sequence[int]]:
    """Owner → what the held cards of one topic are about and is still so.

    A case that has moved meanwhile goes to its new owner; what leaders hear of the old one is dropped.
    """
    topic = Topic(cards[0].kind)
    then = {subject: owner for card in cards for subject, owner in card.subjects}
    found: dict[int, list[int]] = {}
    now = still_true(session, topic, then.keys(), at)
    for subject in then:
        owner = now.get(subject)
        if owner is not None and (owner == then[subject] or topic not in OF_TEAM):
            found.setdefault(owner, []).append(subject)
    return found


def idle_of_card(session: Session, *, card_id: int, employee_id: int, at: datetime) -> Sequence[Line]:
    """Of the cases of a card that somebody got, those that nobody has worked since."""
    card = session.get(ReminderCard, card_id)
    if card is None or card.employee_id != employee_id or card.kind != Topic.REASSIGN:
        return []
    then = {int(subject): int(owner) for subject, owner in card.subjects}
    now = still_true(session, Topic.REASSIGN, then.keys(), at)
    return lines(session, Topic.REASSIGN, [one for one, owner in then.items() if now.get(one) == owner])


def forget_cards(session: Session, *, before: datetime) -> int:
    """Delete the cards of earlier days and return how many there were."""
    gone = session.execute(delete(ReminderCard).where(ReminderCard.day < before.date()))
    return int(gone.rowcount)  # type: ignore[attr-defined]
