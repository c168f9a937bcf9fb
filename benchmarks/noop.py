"""RQ, one job a message: `python -m benchmarks.noop REDIS rate N` or `REDIS lag N PER_SECOND`."""

import sys
import threading
import time

import redis
from rq import Queue, SimpleWorker


def nothing() -> None:
    """A job that does nothing."""


def note(sent_at: float) -> float:
    """A job that notes how long it waited."""
    waits.append(time.monotonic() - sent_at)
    return 0.0


waits: list[float] = []


def rate(store: redis.Redis, count: int) -> float:
    """No-op jobs a second of one SimpleWorker."""
    queue = Queue("noop", connection=store)
    queue.enqueue_many([Queue.prepare_data("benchmarks.noop.nothing") for _ in range(count)])
    worker = SimpleWorker([queue], connection=store)
    start = time.monotonic()
    worker.work(burst=True, logging_level="WARNING")
    return count / (time.monotonic() - start)


def lag(address: str, count: int, per_second: float) -> list[float]:
    """From enqueue to start, at a steady rate, on one SimpleWorker that does nothing else."""
    store = redis.Redis.from_url(address)
    queue = Queue("lag", connection=store)
    worker = SimpleWorker([queue], connection=store)

    def feed() -> None:
        mine = Queue("lag", connection=redis.Redis.from_url(address))
        time.sleep(0.5)
        start = time.monotonic()
        for number in range(count):
            time.sleep(max(start + number / per_second - time.monotonic(), 0))
            mine.enqueue("benchmarks.noop.note", time.monotonic())

    threading.Thread(target=feed, daemon=True).start()
    worker.work(max_jobs=count, logging_level="WARNING")
    return waits


if __name__ == "__main__":
    import json

    from benchmarks import noop  # jobs are found under this name, not as __main__

    if sys.argv[2] == "rate":
        print(json.dumps(noop.rate(redis.Redis.from_url(sys.argv[1]), int(sys.argv[3]))))
    else:
        print(json.dumps(noop.lag(sys.argv[1], int(sys.argv[3]), float(sys.argv[4]))))
