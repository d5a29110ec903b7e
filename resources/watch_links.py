"""Signed links in messages about changes: whose they are and what for, without showing an id.

A token is the sixteen bytes of an address's key and twelve of an HMAC-SHA256 of purpose and key, in
base64url: 38 characters, so that no mail program breaks the line of an address. Tokens don't expire.
"""

import base64
import binascii
import hmac
import uuid

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from dscp_cms.faces import absolute

KEY, SIGNATURE = 16, 12  # bytes


class BadLinkError(ValueError):
    """A link that we never made, or not for this."""


def token(purpose: str, key: uuid.UUID) -> str:
    """Sign the key of an address for a purpose: confirm, mine or stop."""
    return base64.urlsafe_b64encode(key.bytes + _signature(purpose, key, settings.SECRET_KEY)).rstrip(b"=").decode()


def key_in(purpose: str, signed: str) -> uuid.UUID:
    """Return the key in a token; keys of the site that were replaced lately are honoured. Raises BadLinkError."""
    try:
        raw = base64.b64decode(signed + "=" * (-len(signed) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadLinkError from error
    if len(raw) != KEY + SIGNATURE:
        raise BadLinkError
    key = uuid.UUID(bytes=raw[:KEY])
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if hmac.compare_digest(raw[KEY:], _signature(purpose, key, secret)):
            return key
    raise BadLinkError


def url(purpose: str, key: uuid.UUID) -> str:
    """The whole address of a link in a message."""
    return absolute(reverse(f"watch_{purpose}", args=[token(purpose, key)]))


def _signature(purpose: str, key: uuid.UUID, secret: str) -> bytes:
    return salted_hmac(f"resources.watching.{purpose}", key.bytes, secret, algorithm="sha256").digest()[:SIGNATURE]
