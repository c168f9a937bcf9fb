"""What Prometheus reads, counted in the database at the moment of asking."""

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from bot.app import Muster
from models import messaging


def metrics(muster: Muster) -> bytes:
    """The figures in Prometheus' text format."""
    registry = CollectorRegistry()
    outbox = Gauge(
        "muster_outbox_messages",
        "Outgoing messages by channel and state",
        ["channel", "state"],
        registry=registry,
    )
    oldest = Gauge(
        "muster_outbox_oldest_seconds", "Age of the oldest message that is not settled", registry=registry
    )
    inbound = Gauge(
        "muster_inbound_messages",
        "Inbound messages by account and outcome",
        ["account", "outcome"],
        registry=registry,
    )
    with muster.database.reading() as session:
        for (channel, state), count in messaging.outbox_counts(session).items():
            outbox.labels(channel, state).set(count)
        for (account, outcome), count in messaging.inbound_counts(session).items():
            inbound.labels(account, outcome).set(count)
        since = messaging.oldest_unsettled(session)
    oldest.set(0 if since is None else max((muster.clock.now() - since).total_seconds(), 0))
    return generate_latest(registry)
