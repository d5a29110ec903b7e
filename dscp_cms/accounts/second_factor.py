"""The second step of signing in: who must have one, and how it is taken off when somebody lost theirs."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect

from dscp_cms import audit
from dscp_cms.accounts import letters, sessions
from dscp_cms.visibility import STAFF

# They write drafts that others publish, and see nobody's data.
WITHOUT = ("Contributors",)
ADMIN = "/admin/"
ALWAYS_OPEN = ("/admin/login/", "/admin/logout/", "/admin/jsi18n/", "/admin/sprite/")
KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def needed(user) -> bool:
    """Whether this account publishes, sends or sees personal data: all staff but plain contributors."""
    if user.is_superuser:
        return True
    groups = user.groups.filter(permissions__content_type__app_label="wagtailadmin", permissions__codename=_codename())
    return groups.exclude(name__in=WITHOUT).exists() or user.user_permissions.exists()


def has_one(user) -> bool:
    """Whether the account has an authenticator app or a passkey; recovery codes alone don't count."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=KINDS).exists()


@transaction.atomic
def reset(user, by) -> bool:
    """Take every second step off an account, whose owner then adds a new one; return whether there was any.

    Whoever found the lost device may be signed in, so every session of the account ends. What the owner is
    mailed names no administrator: they ask whom they know.
    """
    removed, _ = Authenticator.objects.filter(user=user).delete()
    if removed:
        sessions.end_all(user)
        audit.record(audit.Action.SECOND_FACTOR, by, f"Second step of account {user.pk} taken off by an administrator")
        letters.send_change(user.email, "account/email/second_step_reset")
    return bool(removed)


def _codename() -> str:
    return STAFF.partition(".")[2]


class SecondFactorMiddleware:
    """Below /admin/ nobody who needs a second step goes on without one. Elsewhere it doesn't even ask who is there."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if settings.SECOND_FACTOR_REQUIRED and request.path.startswith(ADMIN) and request.path not in ALWAYS_OPEN:
            user = request.user
            if user.is_authenticated and user.has_perm(STAFF) and needed(user) and not has_one(user):
                messages.warning(request, "Add a second step first, then the admin opens to you.")
                return redirect("mfa_index")
        return self.get_response(request)
