"""Annual events come back as drafts."""

from datetime import date

import pytest

from news.annual import repeat_annual_events
from news.models import EventPage
from news.tests import factories

pytestmark = pytest.mark.django_db


def week(**fields) -> EventPage:
    """An annual week that is over."""
    return factories.event(
        "Awareness Week 2025",
        **{
            "slug": "awareness-week-2025",
            "kind": "awareness",
            "start_date": date(2025, 5, 12),
            "end_date": date(2025, 5, 18),
            "repeats_yearly": True,
            **fields,
        },
    )


def test_next_year_is_drafted_once_with_its_date_to_confirm(time_machine):
    time_machine.move_to("2025-06-01 09:00 +0100")
    original = week()
    assert repeat_annual_events() == 1
    draft = EventPage.objects.get(repeated_from=original)
    assert not draft.live
    assert draft.date_to_confirm
    assert draft.title == "Awareness Week 2026"
    assert draft.slug == "awareness-week-2026"
    assert (draft.start_date, draft.end_date) == (date(2026, 5, 11), date(2026, 5, 17))
    assert draft.start_date.weekday() == original.start_date.weekday()
    assert repeat_annual_events() == 0


def test_found_late_it_is_drafted_for_a_day_to_come(time_machine):
    time_machine.move_to("2027-06-01 09:00 +0100")
    week()
    assert repeat_annual_events() == 1
    assert EventPage.objects.get(repeated_from__isnull=False).start_date >= date(2027, 6, 1)


def test_what_is_not_over_or_not_annual_is_left_alone(time_machine):
    time_machine.move_to("2025-05-13 09:00 +0100")
    week()
    time_machine.move_to("2025-06-01 09:00 +0100")
    factories.event("Once only", start_date=date(2025, 5, 1))
    time_machine.move_to("2025-05-13 09:00 +0100")
    assert repeat_annual_events() == 0


def test_an_unconfirmed_date_is_not_shown(client, time_machine):
    time_machine.move_to("2025-06-01 09:00 +0100")
    week()
    repeat_annual_events()
    draft = EventPage.objects.get(repeated_from__isnull=False)
    draft.save_revision().publish()
    assert list(client.get(factories.event_index().url).context["page_obj"]) == []
    assert "to be confirmed" in client.get(draft.url).content.decode()
