"""Checks of the keys of persons and of the evidence trail."""

import time
from datetime import timedelta

from bot.doctor.base import Checkup, Finding, failed, ok
from bot.trail import HEADS_FILE, newest_in
from models import audit, secrecy

TAIL = timedelta(minutes=1)
"""Rows are sealed within seconds; older ones without a seal mean that nobody seals."""
STRAGGLER_SECONDS = 2.5
"""A row may be entered late, with the moment for which it was planned: it gets this time for its seal."""


def check_field_keys(checkup: Checkup) -> Finding:
    """The newest field key wraps the keys of all persons, and none that is needed is missing."""
    assert checkup.database is not None
    configured = [secrecy.key_id(key) for key in checkup.settings.field_key_bytes]
    with checkup.database.reading() as session:
        counts = sorted(secrecy.key_counts(session).items())
    missing = [(id_, count) for id_, count in counts if id_ not in configured]
    older = [(id_, count) for id_, count in counts if id_ in configured[1:] and id_ != configured[0]]
    if missing:
        return failed("doctor/field_keys_missing", missing=missing)
    if older:
        return failed("doctor/field_keys_old", older=older)
    return ok("doctor/field_keys_current", newest=configured[0], count=sum(count for _, count in counts))


def check_audit(checkup: Checkup) -> Finding:
    """Rows are sealed in time, and the end of the chain stands outside the database too."""
    database, settings = checkup.database, checkup.settings
    assert database is not None
    path = settings.data_dir / HEADS_FILE
    published = max((head.position for head in newest_in(path)), default=0)
    with database.reading() as session:
        head = audit.newest_head(session)
        waiting, _ = audit.unsealed_before(session, before=checkup.now() - TAIL)
    if waiting:
        time.sleep(STRAGGLER_SECONDS)
        with database.reading() as session:
            waiting, since = audit.unsealed_before(session, before=checkup.now() - TAIL)
        if waiting:
            return failed("doctor/audit_unsealed", count=waiting, since=since)
    position = 0 if head is None else head.position
    if published > position:
        return failed("doctor/audit_cut_off", published=published, position=position, path=str(path))
    if head is None:
        return ok("doctor/audit_nothing")
    if not path.exists():
        return failed("doctor/audit_no_file", path=str(path))
    return ok("doctor/audit_sealed", position=position, at=head.at)
