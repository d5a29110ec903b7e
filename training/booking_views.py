"""Booking one's own place, or colleagues' places, and what happens next."""

from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from training import booking, receipts
from training.booking import MOST_IN_A_TEAM, Booker, Refused
from training.charges import may_charge, what_may_be_charged
from training.charging_policy import policy_page, version_of
from training.forms import BookingForm, Team, TeamForm, details_of
from training.models import TrainingSession
from training.rendering import render
from training.session_views import SESSIONS, shown_session
from training.standing import session_url, standing

ROWS_AT_FIRST = 3


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def book(request, catalogue, pk: int):
    """The form for one place. The answer is a page of its own, so that a reload books nothing."""
    session = shown_session(request, pk)
    form = BookingForm(request.POST or None, **_terms(catalogue, session))
    if request.method == "POST" and form.is_valid():
        try:
            made = booking.book(session.pk, form.details())
        except Refused as refused:
            _put(refused, form)
        else:
            return _receipt(session, [made])
    elif request.method != "POST" and not _takes_bookings(session):
        return redirect(session_url(session))
    return _page(request, catalogue, session, "booking/book", _title(session), form=form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def book_team(request, catalogue, pk: int):
    """The form for up to ten colleagues. A button adds a row and keeps what was typed."""
    session = shown_session(request, pk)
    terms = _terms(catalogue, session)
    if request.method != "POST":
        if not _takes_bookings(session):
            return redirect(session_url(session))
        form, team = TeamForm(**terms), _rows(request.GET.get("people", ""))
        return _team_page(request, catalogue, session, form, team)
    form, team = TeamForm(request.POST, **terms), Team(request.POST, prefix="people")
    if "add" in request.POST:
        form, team = _with_another_row(request.POST, terms, team)
        return _team_page(request, catalogue, session, form, team, added=True)
    if all([form.is_valid(), team.is_valid()]):
        try:
            return _receipt(session, _book_all(session, form, team))
        except Refused as refused:
            rows = _filled(team)
            _put(refused, form if refused.row is None else rows[refused.row], form)
    return _team_page(request, catalogue, session, form, team)


def _book_all(session: TrainingSession, form: TeamForm, team) -> list:
    shared = form.cleaned_data
    people = [details_of({**shared, **row.cleaned_data}, form.policy_version) for row in _filled(team)]
    return booking.book_team(session.pk, people, Booker(shared["booker_name"], shared["booker_email"]))


def _filled(team) -> list:
    return [row for row in team.forms if row.has_changed()]


def _rows(asked: str) -> Team:
    """An empty list of as many colleagues as the address asks for."""
    wanted = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else ROWS_AT_FIRST
    return Team(prefix="people", rows=[{}] * min(max(wanted, 1), MOST_IN_A_TEAM))


def _with_another_row(data, terms: dict, team) -> tuple[TeamForm, Team]:
    """The forms with what was typed, not yet checked, and one colleague more."""
    typed = [{name: row.data.get(row.add_prefix(name), "") for name in row.fields} for row in team.forms]
    initial = {name: data.get(name, "") for name in TeamForm.base_fields if name != "policy_seen"}
    return TeamForm(initial=initial, **terms), Team(prefix="people", rows=[*typed, {}][:MOST_IN_A_TEAM])


def _team_page(request, catalogue, session, form, team, *, added: bool = False):
    return _page(
        request,
        catalogue,
        session,
        "booking/book_team",
        f"Book colleagues: {session.course.title}",
        form=form,
        team=team,
        added=added,
        most=MOST_IN_A_TEAM,
        wrong=bool(form.errors or (team.is_bound and (team.total_error_count() or team.non_form_errors()))),
    )


def _terms(catalogue, session: TrainingSession) -> dict:
    """What the forms need to know of policy and charges."""
    policy = policy_page(catalogue)
    return {"policy": policy, "policy_version": version_of(policy), "may_charge": may_charge(session)}


def _takes_bookings(session: TrainingSession) -> bool:
    return not standing(session).closed and not session.external_url


def _title(session: TrainingSession) -> str:
    return f"{'Book a place' if session.places_left else 'Join the waiting list'}: {session.course.title}"


def _put(refused: Refused, form, fallback=None) -> None:
    """Show why a job said no, at its field where the form has it."""
    field = refused.field if refused.field in form.fields else None
    if field is None and fallback is not None and refused.field in fallback.fields:
        form, field = fallback, refused.field
    form.add_error(field, str(refused))


def _page(request, catalogue, session, template: str, title: str, **context):
    trail = [SESSIONS, (session.course.title, session_url(session))]
    shared = {"session": session, "standing": standing(session), "noindex": True}
    if "form" in context:
        shared["possible"] = what_may_be_charged(session)
    return render(request, catalogue, template, title=title, trail=trail, **shared, **context)


def _receipt(session: TrainingSession, made: list):
    return redirect(f"{session_url(session)}booked/{receipts.make(made)}/")


@never_cache
@require_safe
def booked(request, catalogue, pk: int, receipt: str):
    """What was booked and what happens next. A repeat of the form leads here too."""
    session = TrainingSession.objects.with_details().filter(pk=pk).first()
    if session is None:
        raise Http404("There is no such session.")
    try:
        bookings = receipts.read(receipt)
    except receipts.BadReceiptError:
        return _page(request, catalogue, session, "booking/no_receipt", "Look in your e-mail", status=404)
    states = {each.status for each in bookings}
    title = _HEADINGS.get(states.pop(), "What you booked") if len(states) == 1 else "What you booked"
    return _page(request, catalogue, session, "booking/booked", title, bookings=bookings)


_HEADINGS = {
    "confirmed": "Your place is confirmed",
    "waiting": "You are on the waiting list",
    "offered": "A place is offered to you",
    "approval": "We have your request",
    "cancelled": "This booking is cancelled",
}
