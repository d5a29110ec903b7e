"""Signed links in booking mail: which booking a link is for, and what it may do, without showing an id.

A token is the sixteen bytes of a booking's ``key``, the day it was made (two bytes: days since 1970) and the
first twelve bytes (96 bits) of an HMAC-SHA256 over purpose, both of these and the delegate's address, in
base64url: 40 characters. So a changed address voids every link sent to the old one. A link lasts until 30
days after the session or 30 days after it was made, whichever is later; what has expired is answered with the
offer to send a new one. Keys in SECRET_KEY_FALLBACKS are honoured, for reading.
"""

import base64
import binascii
import hmac
import uuid
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from training.models import Booking

KEY, DAY, SIGNATURE = 16, 2, 12  # bytes
LASTS = timedelta(days=30)
EPOCH = date(1970, 1, 1)


class Purpose(StrEnum):
    """What a link is for; a token for one purpose is worth nothing for another. The value is part of its address."""

    MANAGE = "manage"  # every booking of the same address
    OFFER = "offer"  # accept or decline a place
    NOT_ME = "not-me"  # “I didn't book this”
    CHANGE = "change"  # “I can come” or “I can't”, after the session was moved
    EVALUATE_BEFORE = "evaluate-before"  # the questions before a session
    EVALUATE_AFTER = "evaluate-after"  # those after it
    EVALUATE_LATER = "evaluate-later"  # and those six weeks later


class BadTokenError(ValueError):
    """A token that we never made, not for this, or for an address that was changed since."""


class ExpiredTokenError(Exception):
    """A token that was right once. ``booking`` is whose it was, so that a new link can be mailed there."""

    def __init__(self, booking: Booking):
        super().__init__("The link has expired.")
        self.booking = booking


def make(purpose: Purpose, booking: Booking) -> str:
    """Sign a booking for a purpose, today."""
    day = (datetime.now(UTC).date() - EPOCH).days.to_bytes(DAY, "big")
    return _encode(booking.key.bytes + day + _sign(purpose, booking, day, settings.SECRET_KEY))


def read(purpose: Purpose, token: str) -> Booking:
    """Return the booking that a token is for, with its session. Raises BadTokenError or ExpiredTokenError."""
    raw = _decode(token)
    key, day, signature = raw[:KEY], raw[KEY : KEY + DAY], raw[KEY + DAY :]
    booking = Booking.objects.select_related("session__course").filter(key=uuid.UUID(bytes=key)).first()
    if booking is None or booking.purged_at or not _is_ours(purpose, booking, day, signature):
        raise BadTokenError
    if timezone.now() > _ends(booking, day):
        raise ExpiredTokenError(booking)
    return booking


def url(purpose: Purpose, booking: Booking) -> str:
    """The whole address of a link, for mail."""
    return settings.PUBLIC_URL + path(purpose, make(purpose, booking))


def path(purpose: Purpose, token: str) -> str:
    """Where the pages of training stand that take a token."""
    if purpose == Purpose.MANAGE:
        return f"/training/my-bookings/{token}/"
    return f"/training/my-bookings/{purpose}/{token}/"


def _ends(booking: Booking, day: bytes) -> datetime:
    made = datetime.combine(EPOCH + timedelta(days=int.from_bytes(day, "big") + 1), datetime.min.time(), UTC)
    return max(made, booking.session.ends_at or made) + LASTS


def _is_ours(purpose: Purpose, booking: Booking, day: bytes, signature: bytes) -> bool:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(signature, _sign(purpose, booking, day, secret)) for secret in secrets)


def _sign(purpose: Purpose, booking: Booking, day: bytes, secret: str) -> bytes:
    message = booking.key.bytes + day + booking.email.lower().encode()
    return salted_hmac(f"training.{purpose}", message, secret, algorithm="sha256").digest()[:SIGNATURE]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(token: str) -> bytes:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadTokenError from error
    if len(raw) != KEY + DAY + SIGNATURE or _encode(raw) != token:
        raise BadTokenError
    return raw
