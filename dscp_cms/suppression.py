"""The one table of addresses that must not be written to, and its rules."""

import hashlib

from django.conf import settings
from django.db import transaction

from dscp_cms.models import Suppression

# A hard bounce also stops transactional mail: it would only bounce again. The others left the
# newsletter, not their bookings.
STOPS_ALL = (Suppression.Reason.BOUNCE,)
STRENGTH = [
    Suppression.Reason.BOUNCE,
    Suppression.Reason.REQUEST,
    Suppression.Reason.COMPLAINT,
    Suppression.Reason.ERASED,
]


NOT_ALLOWED = "Not sent: outside production, mail goes only to the addresses that MAIL_ALLOWED names."


def everybody_may_be_written_to() -> bool:
    """Whether no list of allowed addresses is in force."""
    return "*" in settings.MAIL_ALLOWED


def may_be_written_to(email: str) -> bool:
    """Whether the list of allowed addresses and domains lets mail go there."""
    address = email.strip().lower()
    return everybody_may_be_written_to() or any(
        address == entry or address.endswith(f"@{entry.removeprefix('@')}") for entry in settings.MAIL_ALLOWED
    )


def digest(email: str) -> str:
    """Stands for an address: SHA-256 of it in lower case, so that it can be recognised but not read."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()


def suppress(email: str, reason: str, note: str = "") -> Suppression:
    """Stop mail to an address. A weaker reason never replaces a stronger one; an erased address isn't kept."""
    with transaction.atomic():
        found, made = Suppression.objects.select_for_update().get_or_create(
            digest=digest(email), defaults={"reason": reason, "note": note[:250], "email": _kept(email, reason)}
        )
        if not made and STRENGTH.index(reason) > STRENGTH.index(found.reason):
            found.reason, found.note, found.email = reason, note[:250], _kept(email, reason)
            found.save()
    return found


def _kept(email: str, reason: str) -> str:
    return "" if reason == Suppression.Reason.ERASED else email.strip()


def suppression_of(email: str) -> Suppression | None:
    """Why an address must not get the newsletter, or None."""
    return Suppression.objects.filter(digest=digest(email)).first()


def stops_all_mail(email: str) -> bool:
    """Whether even transactional mail would be useless."""
    return Suppression.objects.filter(digest=digest(email), reason__in=STOPS_ALL).exists()


def lift(email: str, *, complaint_too: bool = False) -> bool:
    """Lift what the person's own confirmed sign-up may lift; say whether mail may go.

    A complaint is lifted only with ``complaint_too``: when they were told of it and asked again.
    """
    with transaction.atomic():
        found = Suppression.objects.select_for_update().filter(digest=digest(email)).first()
        if found is None:
            return True
        if found.reason == Suppression.Reason.COMPLAINT and not complaint_too:
            return False
        found.delete()
    return True
