"""The second step of signing in: where it is asked for, and how it is taken off when somebody lost theirs.

Who must have one stands in ``dscp_cms.staff``.
"""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect

from dscp_cms import audit
from dscp_cms.accounts import letters, sessions
from dscp_cms.staff import lacks_second_step

ADMIN = "/admin/"
ALWAYS_OPEN = ("/admin/login/", "/admin/logout/", "/admin/jsi18n/", "/admin/sprite/")


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


def to_add_one(request):
    """Lead somebody who lacks a second step to where it is added."""
    messages.warning(request, "Add a second step first, then the admin opens to you.")
    return redirect("mfa_index")


class SecondFactorMiddleware:
    """Below /admin/ nobody who needs a second step goes on without one.

    Elsewhere it doesn't even ask who is there: what a page shows to staff only goes by ``staff.acts_as_staff``.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        below = request.path.startswith(ADMIN) and request.path not in ALWAYS_OPEN
        if below and lacks_second_step(request.user):
            return to_add_one(request)
        return self.get_response(request)
