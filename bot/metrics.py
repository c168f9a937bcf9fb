"""What Prometheus reads, counted in the database at the moment of asking."""

import math
from datetime import timedelta

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from bot.app import Muster
from bot.hooks import forged
from bot.queue import queue_depths
from models import messaging, notices, recruiting

COUNTED = timedelta(hours=24)
"""What is settled is counted for this long."""
TIMED = timedelta(minutes=15)
"""Answers of this long are timed."""
QUANTILES = (0.5, 0.9, 0.99, 1.0)


def metrics(muster: Muster) -> bytes:
    """The figures in Prometheus' text format."""
    registry = CollectorRegistry()

    def gauge(name: str, help_: str, *labels: str) -> Gauge:
        return Gauge(f"muster_{name}", help_, labels, registry=registry)

    outbox = gauge(
        "outbox_messages",
        "Outgoing messages by channel and state: all that are open, and those settled within 24 hours",
        "channel",
        "state",
    )
    waiting = gauge("outbox_waiting", "Outgoing messages that are neither accepted nor given up")
    oldest = gauge("outbox_oldest_seconds", "Age of the oldest message that is not settled")
    inbound = gauge(
        "inbound_messages", "Inbound messages of 24 hours by account and outcome", "account", "outcome"
    )
    parked = gauge("parked_messages", "Messages of candidates that came in a rush and wait for their turn")
    seconds = gauge(
        "answer_seconds",
        "From the commit of a tap until the platform took its answer, answers of 15 minutes",
        "channel",
        "quantile",
    )
    answers = gauge("answers_timed", "How many answers that is", "channel")
    queued = gauge("queue_jobs", "Wake-ups waiting in Redis; absent while Redis is out of reach", "queue")
    results = gauge("interview_results", "Interview results that other systems told, by state", "state")
    false = gauge("interview_results_forged", "Calls with interview results whose signature was wrong")
    given = gauge("notices", "Notices to candidates of 24 hours by state", "state")
    deliveries = gauge(
        "notice_deliveries", "Their deliveries of 24 hours by channel and state", "channel", "state"
    )
    repeats = gauge("notice_repeats", "How often an event asked again for a notice that was given before")
    items = gauge("notice_follow_ups", "Open items that HR has to see to, by kind", "kind")
    now = muster.clock.now()
    with muster.database.reading() as session:
        counts = messaging.outbox_counts(session, since=now - COUNTED)
        received = messaging.inbound_counts(session, since=now - COUNTED)
        parked.set(messaging.parked_count(session))
        times = messaging.answer_times(session, since=now - TIMED)
        since = messaging.oldest_unsettled(session)
        told = recruiting.result_counts(session)
        figures = notices.figures(session, since=now - COUNTED)
    for (channel, state), count in counts.items():
        outbox.labels(channel, state).set(count)
    waiting.set(sum(count for (_, state), count in counts.items() if state in messaging.OPEN_STATES))
    for (account, outcome), count in received.items():
        inbound.labels(account, outcome).set(count)
    for channel, took in times.items():
        answers.labels(channel).set(len(took))
        for quantile in QUANTILES:
            seconds.labels(channel, f"{quantile:g}").set(took[math.ceil(quantile * len(took)) - 1])
    for state, count in figures.notices.items():
        given.labels(state).set(count)
    for (channel, state), count in figures.deliveries.items():
        deliveries.labels(channel, state).set(count)
    repeats.set(figures.repeats)
    for kind, count in figures.open_items.items():
        items.labels(kind).set(count)
    oldest.set(0 if since is None else max((now - since).total_seconds(), 0))
    for state, count in told.items():
        results.labels(state).set(count)
    false.set(forged(muster.store))
    for name, depth in queue_depths(muster.store).items():
        queued.labels(name).set(depth)
    return generate_latest(registry)
