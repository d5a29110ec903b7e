"""What the pages behind mailed links have in common: a link read, or answered when it is bad or too old."""

from collections.abc import Callable
from functools import wraps

from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from training import booking_links, tokens
from training.rendering import render

MY_BOOKINGS = ("My bookings", "/training/my-bookings/")


def page(request, catalogue, template: str, title: str, *, status: int = 200, trail=(MY_BOOKINGS,), **context):
    """A page for one person: never listed by search engines."""
    return render(request, catalogue, template, title=title, trail=trail, status=status, noindex=True, **context)


def bad_link(request, catalogue):
    """A link that we never made, or that was voided."""
    return page(request, catalogue, "mine/bad_link", "This link doesn’t work", status=404)


def expired(request, catalogue, booking):
    """A link that was right once: a button mails a new one to the same address."""
    if request.method == "POST":
        refusal = booking_links.ask(booking.email)
        if refusal:
            return page(request, catalogue, "mine/expired", "This link has expired", status=429, refusal=refusal)
        return page(request, catalogue, "mine/link_sent", "Look in your e-mail")
    return page(request, catalogue, "mine/expired", "This link has expired", status=410)


def with_token(purpose: tokens.Purpose) -> Callable:
    """A view behind a link for this purpose: it is given the booking as well as the token."""

    def decorate(view):
        @wraps(view)
        def answer(request, catalogue, token: str, **kwargs):
            try:
                booking = tokens.read(purpose, token)
            except tokens.BadTokenError:
                return bad_link(request, catalogue)
            except tokens.ExpiredTokenError as error:
                return expired(request, catalogue, error.booking)
            return view(request, catalogue, token, booking, **kwargs)

        return never_cache(require_http_methods(["GET", "HEAD", "POST"])(sensitive_post_parameters()(answer)))

    return decorate
