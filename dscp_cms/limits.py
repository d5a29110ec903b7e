"""How often something may be done: by one network, or to one address.

Counts stand in the database, so that they hold across processes and machines and can't be pushed
out of a cache. They hold digests under the site's secret key, never addresses. Networks get high
limits only (a council or a school is one address); a limit ends by itself.
"""

import ipaddress
from datetime import UTC, datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from dscp_cms.models import LimitCount

HOUR = 3600
DAY = 24 * HOUR


def within(name: str, subject: str, *, most: int, seconds: int = HOUR) -> bool:
    """Count one more ``name`` by ``subject`` and say whether it is still within ``most`` of this stretch of time.

    Stretches follow each other without overlap. Every caller sees a different count, so that exactly
    ``most`` of any number at once are let through.
    """
    now = int(timezone.now().timestamp())
    ends_at = datetime.fromtimestamp(now - now % seconds + seconds, tz=UTC)
    digest = _digest(name, subject, seconds)
    counts = LimitCount.objects.filter(subject=digest, ends_at=ends_at)
    with transaction.atomic():
        if not counts.update(count=F("count") + 1):
            try:
                with transaction.atomic():
                    LimitCount.objects.create(subject=digest, ends_at=ends_at, count=1)
            except IntegrityError:  # somebody else's first came in between
                counts.update(count=F("count") + 1)
        return counts.values_list("count", flat=True).get() <= most


def forget(name: str, subject: str, *, seconds: int = HOUR) -> None:
    """Begin anew: whoever did this so often has shown that they may."""
    LimitCount.objects.filter(subject=_digest(name, subject, seconds)).delete()


def _digest(name: str, subject: str, seconds: int) -> str:
    return salted_hmac("dscp_cms.limits", f"{name}:{seconds}:{subject}", algorithm="sha256").hexdigest()


def forget_past() -> int:
    """Delete counts whose time is over; return how many."""
    return LimitCount.objects.filter(ends_at__lt=timezone.now()).delete()[0]


def client_address(request) -> str:
    """The address of the client, as far as it can be believed.

    X-Forwarded-For is read from the right, only past proxies named in the setting TRUSTED_PROXIES; what
    the client wrote into it itself is never reached. A connection over a Unix socket is a proxy's.
    """
    address = request.META.get("REMOTE_ADDR", "")
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    while forwarded and _is_trusted(address):
        address = forwarded.pop()
    return address


def client_network(request) -> str:
    """What counts as one network: an IPv4 address, or the 64 bits that an IPv6 line has in common."""
    address = _parsed(client_address(request))
    if address is None:
        return "unknown"
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _parsed(text: str):
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(text: str) -> bool:
    if not text:
        return True
    address = _parsed(text)
    return address is not None and any(address in ipaddress.ip_network(known) for known in settings.TRUSTED_PROXIES)
