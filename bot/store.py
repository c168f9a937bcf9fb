"""Redis: how it is opened. What is in it may be lost at any moment."""

import redis

SOCKET_TIMEOUT = 0.5


def connect(url: str) -> redis.Redis:
    """Redis with short timeouts: a callback never waits for it."""
    return redis.Redis.from_url(
        url, socket_timeout=SOCKET_TIMEOUT, socket_connect_timeout=0.5, health_check_interval=30
    )
