"""Units as a table names them: by their path below the head of the organisation."""

import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.importing.base import Work
from bot.importing.cells import Refused
from models import directory, staff
from models.staff import Unit, UnitKind

LONGEST_NAME = 100
LONGEST_TITLE = 50


def path(text: str) -> list[str]:
    """The names on the way to a unit."""
    return [part.strip() for part in unicodedata.normalize("NFKC", text).split("/") if part.strip()]


def known(session: Session, text: str) -> Unit | None:
    """The unit that a path names, the root by its own name or as 总部; None if there is none or several."""
    parts = path(text)
    root = staff.ensure_root(session)
    found = staff.find_unit(session, "/".join(parts)) if parts else None
    return found or (root if parts in ([root.name], [staff.ROOT_NAME]) else None)


def known_or_new(session: Session, work: Work, text: str) -> Unit | None:
    """The unit that a path names, made below the root if it does not exist; None for an empty cell."""
    parts = path(text)
    found = known(session, text)
    if found is not None or not parts:
        return found
    named = session.scalars(
        select(Unit.id).where(Unit.name == parts[-1], Unit.closed_at.is_(None)).limit(2)
    ).all()
    if len(named) > 1 and len(parts) == 1:
        raise Refused(f"有几个单位都叫「{parts[-1]}」：写全路径，如 城北分公司/{parts[-1]}")
    if any(len(part) > LONGEST_NAME for part in parts):
        raise Refused("单位的名字太长")
    unit, first = staff.ensure_root(session), staff.find_unit(session, parts[0])
    if parts[0] in (unit.name, staff.ROOT_NAME):
        parts = parts[1:]
    elif len(parts) > 1 and first is not None:
        unit, parts = first, parts[1:]
    for part in parts:
        kind = UnitKind(directory.kind_of(part, work.policy.directory.kinds) or UnitKind.TEAM)
        unit = staff.add_unit(session, name=part, parent=unit, kind=kind)
    return unit
