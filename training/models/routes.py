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
    session_calendar = path("sessions/calendar.ics/", name="calendar")(_answered_by("session_views", "calendar_file"))
    session_page = path("sessions/<int:pk>/", name="session")(_answered_by("session_views", "session"))
    booking_form = path("sessions/<int:pk>/book/", name="book")(_answered_by("booking_views", "book"))
    team_form = path("sessions/<int:pk>/book-team/", name="book_team")(_answered_by("booking_views", "book_team"))
    booking_receipt = path("sessions/<int:pk>/booked/<str:receipt>/", name="booked")(
        _answered_by("booking_views", "booked")
    )
    my_bookings = path("my-bookings/", name="my_bookings")(_answered_by("my_bookings_views", "ask"))
    my_link_sent = path("my-bookings/sent/", name="link_sent")(_answered_by("my_bookings_views", "link_sent"))
    my_address_changed = path("my-bookings/address-changed/", name="address_changed")(
        _answered_by("my_bookings_views", "address_changed")
    )
    my_offer = path("my-bookings/offer/<str:token>/", name="offer")(_answered_by("answer_views", "offer"))
    not_my_booking = path("my-bookings/not-me/<str:token>/", name="not_me")(_answered_by("answer_views", "not_me"))
    my_answer = path("my-bookings/change/<str:token>/", name="change")(_answered_by("answer_views", "change"))
    evaluation_before = path("my-bookings/evaluate-before/<str:token>/", name="evaluate_before")(
        _answered_by("evaluation_views", "before")
    )
    evaluation_after = path("my-bookings/evaluate-after/<str:token>/", name="evaluate_after")(
        _answered_by("evaluation_views", "after")
    )
    evaluation_later = path("my-bookings/evaluate-later/<str:token>/", name="evaluate_later")(
        _answered_by("evaluation_views", "later")
    )
    certificate_check = path("certificates/", name="certificates")(_answered_by("certificate_views", "check"))
    my_certificate = path("my-bookings/<str:token>/<uuid:key>/certificate/", name="certificate")(
        _answered_by("certificate_views", "download")
    )
    my_list = path("my-bookings/<str:token>/", name="bookings")(_answered_by("my_bookings_views", "bookings"))
    my_cancellation = path("my-bookings/<str:token>/<uuid:key>/cancel/", name="cancel")(
        _answered_by("my_bookings_views", "cancel")
    )
    my_substitute = path("my-bookings/<str:token>/<uuid:key>/substitute/", name="substitute")(
        _answered_by("my_bookings_views", "substitute")
    )
    my_address = path("my-bookings/<str:token>/<uuid:key>/address/", name="address")(
        _answered_by("my_bookings_views", "address")
    )
    my_policy = path("my-bookings/<str:token>/<uuid:key>/policy/", name="policy")(
        _answered_by("my_bookings_views", "policy")
    )
    my_calendar = path("my-bookings/<str:token>/<uuid:key>/session.ics/", name="booking_calendar")(
        _answered_by("my_bookings_views", "calendar_file")
    )
    day_register = path("register/<str:token>/", name="register")(_answered_by("register_views", "register"))
