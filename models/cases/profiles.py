"""Work profiles: what somebody may be given, as a table says it (domain.md 5.3)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from models import audit
from models.cases.tables import WorkProfile
from models.staff import Employee


def keep_profile(
    session: Session,
    *,
    person: Employee,
    buckets: Sequence[int],
    products: Sequence[str],
    areas: Sequence[str],
    languages: Sequence[str],
    cap: int | None,
    at: datetime,
    actor: str,
) -> bool:
    """Keep what somebody may be given; an empty list allows everything. False if it was so before."""
    values = {
        "buckets": list(buckets),
        "products": list(products),
        "areas": list(areas),
        "languages": list(languages),
        "cap": cap,
    }
    known = session.get(WorkProfile, person.id, with_for_update=True)
    if known is None:
        known = WorkProfile(employee_id=person.id)
        session.add(known)
        changed = list(values)
    else:
        changed = [name for name, value in values.items() if getattr(known, name) != value]
    for name in changed:
        setattr(known, name, values[name])
    session.flush()
    if changed:
        audit.record(
            session,
            at=at,
            actor=actor,
            action="cases.keep_profile",
            subject=person.subject,
            details={"changed": changed, "cap": cap, "buckets": list(buckets)},
        )
    return bool(changed)
