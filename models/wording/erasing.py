"""What an erased person leaves behind among texts with hits."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import secrecy
from models.redaction import Words, redact
from models.staff import Employee, Person, on_erase
from models.wording.tables import WordingAllowance, WordingText

PAGE = 200


@on_erase
def forget_words(session: Session, person: Person, words: Words, _at: datetime) -> None:
    """The words of an erased author go, and the person's name goes from what others wrote.

    That there was a hit, of which rule and what became of it, stays under the pseudonym.
    """
    redact(session, WordingAllowance.reason, words)
    redact(session, WordingAllowance.words, words)
    if isinstance(person, Employee):
        session.execute(
            update(WordingText).where(WordingText.author_id == person.id).values(words=None, text_hash="")
        )
    if not words:
        return
    last = 0
    while True:
        rows = session.scalars(
            select(WordingText)
            .where(WordingText.id > last, WordingText.words.is_not(None))
            .order_by(WordingText.id)
            .limit(PAGE)
        ).all()
        for row in rows:
            last = row.id
            said = secrecy.open_text(session, row.subject, row.words)
            clean = words.out_of(said)
            if clean != said:
                row.words, row.text_hash = secrecy.seal(session, row.subject, clean), ""
        session.flush()
        if len(rows) < PAGE:
            return
