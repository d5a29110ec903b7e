"""Who did what, where Wagtail's own history doesn't tell: signing in, exporting, sending, erasing."""

from functools import wraps

from dscp_cms.models import AuditEntry

Action = AuditEntry.Action


def record(action: Action, user=None, what: str = "") -> AuditEntry:
    """Write down that this account did something; ``what`` names it and never holds an address.

    Nobody is named for a sign-in with an unknown address. Call it in the transaction of the deed.
    """
    known = user if user is not None and user.is_authenticated else None
    return AuditEntry.objects.create(action=action, user=known, what=what[:250])


def exported(request, what: str) -> None:
    """Write down an export in words; the file that answers this request isn't noted once more."""
    record(Action.EXPORTED, request.user, what)
    leave_out(request)


def leave_out(request) -> None:
    """Say that the file which answers this request holds nothing of the site's, such as an empty form."""
    request.export_is_noted = True


def noting_exports(view):
    """A view of the admin whose answer, when it is a file to keep, is written down even where the view forgot to."""

    @wraps(view)
    def inner(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        disposition = response.get("Content-Disposition", "")
        kept = request.method != "HEAD" and response.status_code == 200 and disposition.startswith("attachment")
        if kept and not getattr(request, "export_is_noted", False):
            record(Action.EXPORTED, request.user, disposition.partition("filename=")[2].strip('"') or request.path)
        return response

    return inner
