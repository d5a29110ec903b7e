"""Removes charges of sample bookings.

None is shipped, since rules are never invented; but who tries out rules on an example site has some.
"""

from collections.abc import Iterable

from training.models import Charge


def remove_charges_of(bookings: Iterable[int]) -> int:
    """Delete the lines of these bookings (by key), reversals first; return how many. Numbers aren't given again."""
    lines = Charge.objects.filter(booking__in=list(bookings))
    reversals, _ = lines.exclude(reverses=None).delete()
    others, _ = lines.delete()
    return reversals + others
