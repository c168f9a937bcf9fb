"""What is put right once at every start."""

import secrets
from datetime import timedelta
from pathlib import Path

import structlog

from bot.app import Muster
from bot.importing.course_files import of_path
from bot.importing.course_folder import read_folder
from bot.menu import configured_channels, load_menus
from config.settings import SettingsError
from models import messaging, training
from models.messaging import Channel, OutboundKind, Outgoing

LIBRARY = Path(__file__).parent.parent / "config" / "library"
"""The courses that come with the product, each in a folder of its own."""
LIFETIME = timedelta(days=30)
"""How long a menu that the platform does not take is tried again."""

log = structlog.get_logger("startup")


def publish_library(muster: Muster, library: Path = LIBRARY) -> int:
    """Publish what is new of the courses that come with the product, and return how many versions that makes.

    A course that the organisation has published itself, or given up, is left alone. When nothing is new it
    costs one question to the database. Two processes may do it at once: `training.publish` asks again under
    a lock.
    """
    policy = muster.policy
    try:
        found = (
            [read_folder(files) for files in of_path(library, policy.training)] if library.is_dir() else []
        )
    except SettingsError as problem:
        log.error("library_unreadable", problem=str(problem))
        return 0
    with muster.database.reading() as session:
        known = training.delivered_digests(session)
    made = 0
    for draft, unread in found:
        if draft is None or unread:
            log.error("library_course_unreadable", course="" if draft is None else draft.code)
            continue
        digest, theirs = known.get(draft.code, ("", False))
        if theirs or digest == training.digest_of(training.filled(draft, policy.training)):
            continue
        try:
            with muster.database.writing() as session:
                done = training.publish(
                    session, draft=draft, actor=None, at=muster.clock.now(), policy=policy, delivered=True
                )
                made += done.is_new
        except training.ContentRefused as refused:
            log.error("library_course_refused", course=draft.code, problems=len(refused.facts["problems"]))
    if made:
        log.info("library_published", versions=made)
    return made


def publish_menus(muster: Muster) -> None:
    """Put the menus of all configured channels into the outbox."""
    menus = load_menus(muster.settings.public_url)
    start = secrets.token_hex(8)
    now = muster.clock.now()
    outgoing = [
        Outgoing(f"menu:{channel}:{start}", Channel(channel), "menu", OutboundKind.MENU, menus[channel])
        for channel in configured_channels(muster.settings)
        if channel in menus
    ]
    with muster.database.writing() as session:
        messaging.post(session, outgoing, now=now, lifetime=LIFETIME)
