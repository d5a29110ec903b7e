"""What somebody gets to see right after booking, without an account: signed, short-lived, and only to read.

A receipt gives no right to change a booking. That comes by mail, to the delegate's own address, so that nobody
who repeats a colleague's booking takes it over.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.core import signing
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from training.models import Booking

SALT = "training.receipt"
LASTS = timedelta(hours=24)


class BadReceiptError(ValueError):
    """A receipt that we never made, or that is too old."""


def make(bookings: Sequence[Booking]) -> str:
    """Sign which bookings were made together."""
    signed = signing.dumps([booking.key.hex for booking in bookings], salt=SALT)
    return urlsafe_base64_encode(signed.encode())  # Wagtail's addresses know no colons


def read(receipt: str) -> list[Booking]:
    """The bookings in the order in which they were typed. Raises BadReceiptError."""
    try:
        signed = urlsafe_base64_decode(receipt).decode()
        keys = [uuid.UUID(hex=key) for key in signing.loads(signed, salt=SALT, max_age=LASTS)]
    except (signing.BadSignature, ValueError) as error:
        raise BadReceiptError from error
    found = {booking.key: booking for booking in Booking.objects.filter(key__in=keys, purged_at=None)}
    if not keys or len(found) != len(set(keys)):
        raise BadReceiptError
    return [found[key] for key in keys]
