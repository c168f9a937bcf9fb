"""What is put right once at every start."""

import secrets
from datetime import timedelta

from bot.app import Muster
from bot.menu import configured_channels, load_menus
from models import messaging
from models.messaging import Channel, OutboundKind, Outgoing

LIFETIME = timedelta(days=30)
"""How long a menu that the platform does not take is tried again."""


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
