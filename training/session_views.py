"""All sessions as a list, a month or a calendar file, and the page of each."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from dscp_cms.listing import numbered_page
from training import listing
from training.charges import what_may_be_charged
from training.models import TrainingSession
from training.month import Month
from training.rendering import render
from training.session_calendar import as_ics
from training.standing import at_short_notice, standing

PAGE_SIZE = 24
SESSIONS = ("Training sessions", "/training/sessions/")


@require_safe
def sessions(request, catalogue):
    """The sessions to come as a list, or those of a month as a calendar."""
    if request.GET.get("view") == "month":
        return _month(request, catalogue)
    choice = listing.choose(request)
    return render(
        request,
        catalogue,
        "sessions/list",
        title="Training sessions",
        facets=choice.facets,
        filtered=bool(choice.wanted),
        page_obj=numbered_page(request, choice.sessions.with_details(), size=PAGE_SIZE),
        other_view=_address(request, view="month"),
    )


def _month(request, catalogue):
    month = Month.asked(request.GET.get("month", ""))
    choice = listing.choose(request, by_month=False)
    by_day = listing.on_days(choice.sessions, month)
    return render(
        request,
        catalogue,
        "sessions/month",
        title=f"Training sessions in {month.name}",
        month=month,
        weeks=month.weeks(by_day),
        days=sorted(by_day.items()),
        facets=choice.facets,
        filtered=bool(choice.wanted),
        kept={"view": "month", "month": str(month)},
        clear_url=f"?view=month&month={month}",
        previous=_address(request, month=str(month.previous)) if month.previous.offered else "",
        following=_address(request, month=str(month.following)) if month.following.offered else "",
        other_view=_address(request, view=None, month=None),
    )


def _address(request, **changes) -> str:
    """The present address with some of its parameters changed, or taken away by None, and on its first page."""
    query = request.GET.copy()
    for name, value in {**changes, "page": None}.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


@require_safe
def calendar_file(request, catalogue):
    """Every session to come, for calendars to follow."""
    response = HttpResponse(as_ics(listing.still_to_come().with_details()), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="training-sessions.ics"'
    return response


def shown_session(request, pk: int) -> TrainingSession:
    """A session that this reader may know of. Raises Http404."""
    session = TrainingSession.objects.shown().with_details().filter(pk=pk, course__live=True).first()
    if session is None:
        raise Http404("There is no such session.")
    if not all(restriction.accept_request(request) for restriction in session.course.get_view_restrictions()):
        raise Http404("There is no such session for this reader.")
    return session


@require_safe
def session(request, catalogue, pk: int):
    """When and where it is, whether there are places, and what to do next."""
    found = shown_session(request, pk)
    now = standing(found)
    return render(
        request,
        catalogue,
        "sessions/session",
        title=found.course.title,
        trail=[SESSIONS],
        session=found,
        standing=now,
        at_short_notice=at_short_notice(found),
        days=list(found.days.all()),
        charging_policy=catalogue.charging_policy,
        possible=[] if now.closed or found.external_url else what_may_be_charged(found),
        others=listing.instead_of(found) if now.closed or not found.places_left else [],
    )
