"""Does a clock's job for each row, so that one row that fails doesn't stop the others."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

logger = logging.getLogger(__name__)


def one_by_one(job: Callable[[Any], object], keys: Iterable, what: str) -> int:
    """Do ``job`` for each key and return for how many it did something (what it returned counts as yes or no).

    What fails is logged with ``what`` and its key, and left for the next time. Each job is a transaction of its own.
    """
    done = 0
    for key in keys:
        try:
            done += bool(job(key))
        except Exception:
            logger.exception("%s %s couldn't be worked through", what, key)
    return done
