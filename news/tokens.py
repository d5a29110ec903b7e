"""Signed links in newsletter mail: which person or delivery a link is for, without showing an id.

A token is the sixteen bytes of a row's ``key`` and the first twelve (96 bits) of an HMAC-SHA256 of
its purpose and key, in base64url: 38 characters, so that the address in List-Unsubscribe stays
within the 75 characters that mail libraries leave unfolded (RFC 2047, section 2), for a host name
of up to 25. Tokens don't expire. Keys in SECRET_KEY_FALLBACKS are honoured, for reading.
"""

import base64
import binascii
import hmac
import uuid
from enum import StrEnum

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

KEY, SIGNATURE = 16, 12  # bytes


class Purpose(StrEnum):
    """What a link is for; a token for one purpose is worth nothing for another."""

    CONFIRM = "confirm"
    MANAGE = "manage"
    ADDRESS = "address"
    LEAVE = "leave"
    LEAVE_DELIVERY = "leave-delivery"


class BadTokenError(ValueError):
    """A token that we never made, or not for this."""


def make(purpose: Purpose, key: uuid.UUID, about: str = "") -> str:
    """Sign a key for a purpose; ``about`` is signed with it but isn't in the token."""
    return _encode(key.bytes + _sign(purpose, key, about, settings.SECRET_KEY))


def read(purpose: Purpose, token: str) -> uuid.UUID:
    """Return the key in a token. Raises BadTokenError."""
    return _checked(purpose, token, "")


def matches(purpose: Purpose, token: str, about: str) -> bool:
    """Whether a token was made with this ``about``."""
    try:
        _checked(purpose, token, about)
    except BadTokenError:
        return False
    return True


def key_in(token: str) -> uuid.UUID:
    """Return the key in a token whose signature is still to be checked with ``matches``. Raises BadTokenError."""
    return uuid.UUID(bytes=_decode(token)[:KEY])


def _checked(purpose: Purpose, token: str, about: str) -> uuid.UUID:
    raw = _decode(token)
    key, signature = uuid.UUID(bytes=raw[:KEY]), raw[KEY:]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if hmac.compare_digest(signature, _sign(purpose, key, about, secret)):
            return key
    raise BadTokenError


def _sign(purpose: Purpose, key: uuid.UUID, about: str, secret: str) -> bytes:
    message = key.bytes + about.encode()
    return salted_hmac(f"news.{purpose}", message, secret, algorithm="sha256").digest()[:SIGNATURE]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(token: str) -> bytes:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadTokenError from error
    if len(raw) != KEY + SIGNATURE or _encode(raw) != token:
        raise BadTokenError
    return raw


def _url(name: str, token: str) -> str:
    return settings.PUBLIC_URL + reverse(name, args=[token])


def unsubscribe_url(subscriber, delivery=None) -> str:
    """The address that takes a one-click unsubscription; with a delivery, its report counts it."""
    if delivery is not None:
        return delivery_unsubscribe_url(delivery.key)
    return _url("unsubscribe", make(Purpose.LEAVE, subscriber.key))


def delivery_unsubscribe_url(key: uuid.UUID) -> str:
    """The same from a delivery's key alone, for sending in bulk."""
    return _url("unsubscribe", make(Purpose.LEAVE_DELIVERY, key))


def manage_url(subscriber) -> str:
    """The address of a person's own page."""
    return manage_url_of(subscriber.key)


def manage_url_of(key: uuid.UUID) -> str:
    """The same from a subscriber's key alone, for sending in bulk."""
    return _url("subscription", make(Purpose.MANAGE, key))


def confirm_url(subscriber) -> str:
    """The address at which somebody confirms what was asked for."""
    return _url("confirm_subscription", make(Purpose.CONFIRM, subscriber.key))


def address_url(subscriber) -> str:
    """The address at which a new e-mail address is confirmed; void as soon as another one is asked for."""
    return _url("confirm_address", make(Purpose.ADDRESS, subscriber.key, subscriber.new_email))
