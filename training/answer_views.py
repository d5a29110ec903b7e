"""The pages behind the questions that we mail: whether they take a place, can still come, did book.

A GET shows buttons; only their POST decides, since mail scanners follow every link.
"""

from functools import partial

from django.shortcuts import redirect

from training import booking, tokens
from training.booking import Refused
from training.models import Booking
from training.token_pages import page, with_token
from training.tokens import Purpose


def _answered(request, catalogue, name: str, title: str, own: Booking, job=None):
    """Do what a button asked for, if one was pressed, and show how the booking stands now."""
    refusal = ""
    if request.method == "POST" and job is not None:
        try:
            job()
        except Refused as refused:
            refusal = str(refused)
        else:
            return redirect(request.path)
    fresh = Booking.objects.select_related("session__course", "session__venue", "agency").get(pk=own.pk)
    manage = tokens.path(Purpose.MANAGE, tokens.make(Purpose.MANAGE, fresh))
    return page(
        request,
        catalogue,
        f"mine/{name}",
        title,
        booking=fresh,
        session=fresh.session,
        refusal=refusal,
        manage_url=manage,
    )


@with_token(Purpose.OFFER)
def offer(request, catalogue, token: str, own: Booking):
    """Accept or decline a place."""
    jobs = {"accept": booking.accept_offer, "decline": booking.decline_offer}
    job = jobs.get(request.POST.get("answer", ""))
    return _answered(request, catalogue, "offer", "A place for you", own, job and partial(job, own.key))


@with_token(Purpose.NOT_ME)
def not_me(request, catalogue, token: str, own: Booking):
    """Cancel what somebody else booked."""
    return _answered(request, catalogue, "not_me", "Did you book this?", own, partial(booking.not_me, own.key))


@with_token(Purpose.CHANGE)
def change(request, catalogue, token: str, own: Booking):
    """Say whether one can come to the session as it is now."""
    answers = {"can": True, "cannot": False}
    can_come = answers.get(request.POST.get("answer", ""))
    job = None if can_come is None else partial(booking.answer_change, own.key, can_come=can_come)
    return _answered(request, catalogue, "change", "Can you come?", own, job)
