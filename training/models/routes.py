"""The addresses under the catalogue that sessions and bookings have."""

from importlib import import_module

from wagtail.contrib.routable_page.models import RoutablePageMixin, path


def _answered_by(module: str, view: str):
    """A route whose answer a view gives. The views use these models, so they are imported when first asked."""

    def route(self, request, **kwargs):
        return getattr(import_module(f"training.{module}"), view)(request, self, **kwargs)

    route.__name__ = view
    return route


class SessionRoutes(RoutablePageMixin):
    """What the catalogue serves beside its courses. Each view takes the request and the catalogue."""

    session_list = path("sessions/", name="sessions")(_answered_by("session_views", "sessions"))
    session_calendar = path("sessions/calendar.ics/", name="calendar")(
        _answered_by("session_views", "calendar_file")
    )
    session_page = path("sessions/<int:pk>/", name="session")(_answered_by("session_views", "session"))
    booking_form = path("sessions/<int:pk>/book/", name="book")(_answered_by("booking_views", "book"))
    team_form = path("sessions/<int:pk>/book-team/", name="book_team")(_answered_by("booking_views", "book_team"))
    booking_receipt = path("sessions/<int:pk>/booked/<str:receipt>/", name="booked")(_answered_by("booking_views", "booked"))
