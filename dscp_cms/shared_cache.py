"""The cache that several machines share: Redis or Valkey, named by ``CACHE_URL``.

Nothing in it is needed: Wagtail's list of sites, pages that another machine has rendered. So while it is away, or
hangs, it is a cache that has nothing, and no page waits for it more than once in a while.
"""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

PATIENCE = 0.5  # seconds, to connect and for an answer
LEFT_ALONE = 5  # seconds, once it hasn't answered

_away_until = 0.0  # of this process, by the monotonic clock


def _without(nothing: Any) -> Callable:
    """Have a method answer ``nothing`` while the cache is away; called with its arguments if it can be."""

    def around(method: Callable) -> Callable:
        @wraps(method)
        def ask(self, *arguments, **named):
            global _away_until
            if time.monotonic() >= _away_until:
                try:
                    return method(self, *arguments, **named)
                except (RedisError, OSError) as error:
                    _away_until = time.monotonic() + LEFT_ALONE
                    logger.warning("the shared cache doesn't answer: %s", type(error).__name__)
            return nothing(*arguments) if callable(nothing) else nothing

        return ask

    return around


class _Client(RedisCacheClient):
    """Django's, with patience and without errors; to empty it (``clear``) is for who must know whether it worked."""

    def __init__(self, *arguments, **options):
        again = Retry(NoBackoff(), 1, supported_errors=(NotConnected,))  # after Redis was started anew
        patience = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE, "retry": again}
        super().__init__(*arguments, **patience | options)

    add = _without(True)(RedisCacheClient.add)
    get = _without(lambda key, default: default)(RedisCacheClient.get)
    set = _without(None)(RedisCacheClient.set)
    touch = _without(False)(RedisCacheClient.touch)
    delete = _without(False)(RedisCacheClient.delete)
    get_many = _without(lambda keys: {})(RedisCacheClient.get_many)
    has_key = _without(False)(RedisCacheClient.has_key)
    set_many = _without(None)(RedisCacheClient.set_many)
    delete_many = _without(None)(RedisCacheClient.delete_many)


class SharedCache(RedisCache):
    """The backend for ``CACHES``."""

    def __init__(self, server, params):
        super().__init__(server, params)
        self._class = _Client
