"""The one place that says how large a test of scale is."""

import os

FULL = os.environ.get("SCALE") == "1"


def size(full: int, quick: int | None = None) -> int:
    """The full size in ``make test-scale``; elsewhere ``quick``, by default a tenth."""
    if FULL:
        return full
    return max(1, full // 10) if quick is None else quick
