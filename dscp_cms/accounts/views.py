"""The pages of signing in. They take no part in the admin's or the public's own pages, and are never cached."""

import time
from functools import wraps

from allauth.account import views as account
from django.conf import settings
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from dscp_cms.accounts import second_factor
from dscp_cms.staff import STAFF, lacks_second_step


def steady(view):
    """Answer a form no sooner than ``ACCOUNT_ANSWER_SECONDS`` after it came.

    What is done for a known address takes some milliseconds longer than for an unknown one, and so does
    more of it on a slow day: the time must not tell which it was.
    """

    @wraps(view)
    def inner(request, *args, **kwargs):
        began = time.monotonic()
        response = view(request, *args, **kwargs)
        if request.method == "POST":
            if hasattr(response, "render") and not response.is_rendered:
                response.render()
            time.sleep(max(0.0, settings.ACCOUNT_ANSWER_SECONDS - (time.monotonic() - began)))
        return response

    return inner


class _FormKnowsRequest:
    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "request": self.request}


@method_decorator([never_cache, steady], name="dispatch")
class StaffSignIn(account.LoginView):
    """E-mail address and password. Whoever is signed in without a right to the admin may sign in as somebody else."""

    def dispatch(self, request, *args, **kwargs):
        if lacks_second_step(request.user):
            return second_factor.to_add_one(request)
        if request.user.is_authenticated and not request.user.has_perm(STAFF):
            return super(account.RedirectAuthenticatedUserMixin, self).dispatch(request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)


@method_decorator([never_cache, steady], name="dispatch")
class PartnerSignIn(_FormKnowsRequest, account.RequestLoginCodeView):
    """The address to send a code to. Pages for partners and staff lead here whom they don't know as either."""

    def dispatch(self, request, *args, **kwargs):
        if lacks_second_step(request.user):
            return second_factor.to_add_one(request)
        return super().dispatch(request, *args, **kwargs)


@method_decorator([never_cache, steady], name="dispatch")
class AskNewPassword(_FormKnowsRequest, account.PasswordResetView):
    """The address to send a link to."""


@never_cache
def sign_out(request):
    """Sign out with a POST; asked for otherwise, say what the button is for."""
    return account.LogoutView.as_view()(request)
