"""Who did what, where Wagtail's own history doesn't tell: signing in, exporting, sending, erasing."""

from dscp_cms.models import AuditEntry

Action = AuditEntry.Action


def record(action: Action, user=None, what: str = "") -> AuditEntry:
    """Write down that this account did something; ``what`` names it and never holds an address.

    Nobody is named for a sign-in with an unknown address. Call it in the transaction of the deed.
    """
    known = user if user is not None and user.is_authenticated else None
    return AuditEntry.objects.create(action=action, user=known, what=what[:250])
