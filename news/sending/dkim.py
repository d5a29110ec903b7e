"""Signing messages with the partnership's own key, where one is set and the relay doesn't sign."""

from functools import cache
from pathlib import Path

import dkim
from django.conf import settings

# What a receiver shows or acts upon; the unsubscribe headers must be covered (RFC 8058, section 4).
HEADERS = [
    *(b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Reply-To", b"MIME-Version", b"Content-Type"),
    *(b"List-Id", b"List-Unsubscribe", b"List-Unsubscribe-Post"),
]


def is_set() -> bool:
    """Whether messages are to be signed."""
    return bool(settings.SENDING.dkim_key)


@cache
def _key(path: str) -> bytes:
    return Path(path).read_bytes()


def sign(message: bytes) -> bytes:
    """Return the message (CRLF lines) with its signature on top."""
    options = settings.SENDING
    header = dkim.sign(
        message,
        options.dkim_selector.encode(),
        options.dkim_domain.encode(),
        _key(str(options.dkim_key)),
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=HEADERS,
    )
    return header + message
