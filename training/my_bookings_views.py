"""One's own bookings, by a mailed link and without an account."""

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from training import booking, booking_links, certificates, evaluations, invitations, tokens
from training.booking import Refused
from training.charge_rules import kind_of
from training.charges import what_may_be_charged
from training.charging_policy import is_missing, policy_page, version_of
from training.forms import AddressForm, SubstituteForm
from training.models import Booking, ChargedEvent, folded
from training.token_pages import MY_BOOKINGS, bad_link, page, with_token
from training.tokens import Purpose

DONE = {
    "cancelled": "Your booking is cancelled. We are sending you an e-mail that says so.",
    "substituted": "Your colleague has your place. We are writing to both of you.",
}


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def ask(request, catalogue):
    """Ask for the link; the same answer whether the address is known or not."""
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refusal = booking_links.ask(form.cleaned_data["email"])
        if not refusal:
            return redirect("/training/my-bookings/sent/")
        form.add_error("email", refusal)
        return page(request, catalogue, "mine/ask", "My bookings", status=429, trail=(), form=form)
    return page(request, catalogue, "mine/ask", "My bookings", trail=(), form=form)


@require_safe
def link_sent(request, catalogue):
    """What happens next, whoever asked."""
    return page(request, catalogue, "mine/link_sent", "Look in your e-mail")


@require_safe
def address_changed(request, catalogue):
    """That it is done; the link that led here is void now."""
    return page(request, catalogue, "mine/address_changed", "Your address is changed")


@with_token(Purpose.MANAGE)
def bookings(request, catalogue, token: str, own: Booking):
    """Every booking of the address, those to come first; a session that runs now stays there until its end."""
    found, policy = list(_of_address(own)), policy_page(catalogue)
    coming = [each for each in found if each.is_active and not each.session.is_over]
    return page(
        request,
        catalogue,
        "mine/bookings",
        "My bookings",
        trail=(),
        token=token,
        email=own.email,
        coming=sorted(coming, key=lambda each: (each.session.starts_at, each.pk)),
        others=[each for each in found if each not in coming],
        offer_links={each.pk: _path(Purpose.OFFER, each) for each in coming if each.offer_is_open},
        change_links={each.pk: _path(Purpose.CHANGE, each) for each in coming if _may_answer(each)},
        to_accept=[each.pk for each in coming if is_missing(each, policy) and not each.session.has_begun],
        questions=evaluations.open_for(found),
        certificates=certificates.of_bookings(each.pk for each in found),
        done=DONE.get(request.GET.get("done", ""), ""),
    )


def _may_answer(each: Booking) -> bool:
    """Whether we asked whether they can come, and the answer still counts."""
    return bool(each.move_asked_at) and not each.session.has_begun


def _of_address(own: Booking):
    """What the link opens: all that was booked for the address and still has its names."""
    found = Booking.objects.at_address(own.email).filter(purged_at=None)
    sessions = found.select_related("agency", "session__course", "session__venue")
    return sessions.prefetch_related("session__days__venue").order_by("-session__starts_at", "-pk")


def _path(purpose: Purpose, each: Booking) -> str:
    return tokens.path(purpose, tokens.make(purpose, each))


def _one(own: Booking, key) -> Booking:
    """One of the bookings that the link opens. Raises Http404 for any other."""
    found = _of_address(own).filter(key=key).first()
    if found is None:
        raise Http404("This link doesn't open that booking.")
    return found


def _step(request, catalogue, token: str, template: str, title: str, each: Booking, **context):
    """A page for one of the bookings."""
    back = tokens.path(Purpose.MANAGE, token)
    trail = ((MY_BOOKINGS[0], back),)
    shared = {"booking": each, "session": each.session, "back": back}
    return page(request, catalogue, template, title, trail=trail, **shared, **context)


@with_token(Purpose.MANAGE)
def cancel(request, catalogue, token: str, own: Booking, key):
    """A button; what a late cancellation means stands before it."""
    each, refusal = _one(own, key), ""
    if request.method == "POST":
        try:
            booking.cancel(each.key)
        except Refused as refused:
            refusal = str(refused)
        else:
            return redirect(f"{tokens.path(Purpose.MANAGE, token)}?done=cancelled")
    late = each.status == Booking.Status.CONFIRMED and not each.session.may_cancel_freely and not _was_moved(each)
    shown = {"late": late, "charge": _for_cancelling_late(each) if late else None, "policy": policy_page(catalogue)}
    return _step(request, catalogue, token, "mine/cancel", "Cancel this booking", each, refusal=refusal, **shown)


def _for_cancelling_late(each: Booking):
    """The amount that a late cancellation may cost, or None: also for who never accepted the charging policy."""
    if not each.policy_version:
        return None
    possible = {found.event: found.amount for found in what_may_be_charged(each.session, kind_of(each))}
    return possible.get(ChargedEvent.LATE_CANCELLATION)


def _was_moved(each: Booking) -> bool:
    """Whether the partnership's own change still waits for an answer: then nothing is late."""
    return bool(each.move_asked_at) and each.move_answer != Booking.MoveAnswer.CAN_COME


@with_token(Purpose.MANAGE)
def substitute(request, catalogue, token: str, own: Booking, key):
    """The form for a colleague who comes instead."""
    each = _one(own, key)
    form = SubstituteForm(request.POST or None, initial={"agency": each.agency_id, "agency_name": each.agency_name})
    if request.method == "POST" and form.is_valid():
        try:
            booking.substitute(each.key, form.details())
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            return redirect(f"{tokens.path(Purpose.MANAGE, token)}?done=substituted")
    return _step(request, catalogue, token, "mine/substitute", "Send a colleague instead", each, form=form)


@with_token(Purpose.MANAGE)
def address(request, catalogue, token: str, own: Booking, key):
    """Another address for this person's coming bookings. The links sent to the old one are void afterwards."""
    each = _one(own, key)
    form = AddressForm(request.POST or None)
    form.fields["email"].label = "New work e-mail"
    changing = [
        other
        for other in _of_address(own)
        if other.is_active and not other.session.has_begun and folded(other.name) == folded(each.name)
    ]
    if request.method == "POST" and form.is_valid():
        try:
            _change(changing, form.cleaned_data["email"])
        except Refused as refused:
            form.add_error("email", str(refused))
        else:
            return redirect("/training/my-bookings/address-changed/")
    return _step(request, catalogue, token, "mine/address", "Change the address", each, form=form, changing=changing)


@transaction.atomic
def _change(changing: list[Booking], email: str) -> None:
    """All or none. The sessions are always taken in the same order, so that two such changes never block each other."""
    for each in sorted(changing, key=lambda each: each.session_id):
        booking.change_address(each.key, email)


@with_token(Purpose.MANAGE)
def policy(request, catalogue, token: str, own: Booking, key):
    """The charging policy for somebody who didn't book the place themselves, and a button to accept it."""
    each, current, refusal = _one(own, key), policy_page(catalogue), ""
    version = version_of(current)
    if request.method == "POST" and current is not None:
        try:
            if request.POST.get("version") != version:
                raise Refused("The charging policy was changed meanwhile. Read it again, then accept it.")
            booking.accept_policy(each.key, version)
        except Refused as refused:
            refusal = str(refused)
        else:
            return redirect(request.path)
    shown = {"policy": current, "version": version, "possible": what_may_be_charged(each.session, kind_of(each))}
    return _step(request, catalogue, token, "mine/policy", "The charging policy", each, refusal=refusal, **shown)


@with_token(Purpose.MANAGE)
def calendar_file(request, catalogue, token: str, own: Booking, key):
    """The session for the calendar of somebody with a place."""
    each = _one(own, key)
    if each.status != Booking.Status.CONFIRMED:
        return bad_link(request, catalogue)
    response = HttpResponse(invitations.request(each).content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="session.ics"'
    return response
