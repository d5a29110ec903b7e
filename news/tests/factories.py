"""Makes news, events and issues for tests."""

from datetime import date, timedelta

from django.utils import timezone

from dscp_cms.testing.pages import STORY, TEXT, front_page, make
from news.models import EventIndexPage, EventPage, NewsIndexPage, NewsItemPage, NewsletterIndexPage, NewsletterIssuePage


def news_index(**fields) -> NewsIndexPage:
    """The news index, once."""
    return NewsIndexPage.objects.first() or make(NewsIndexPage, front_page(), "News", slug="news", show_in_menus=True)


def news_item(title: str = "A new plan", **fields) -> NewsItemPage:
    """A news item."""
    return make(NewsItemPage, news_index(), title, **{"date": date(2025, 4, 1), "body": STORY, **fields})


def event_index() -> EventIndexPage:
    """The event index, once."""
    return EventIndexPage.objects.first() or make(
        EventIndexPage, front_page(), "Events", slug="events", show_in_menus=True
    )


def event(title: str = "A conference", **fields) -> EventPage:
    """An event three weeks from now, unless told otherwise."""
    soon = timezone.localdate() + timedelta(weeks=3)
    return make(
        EventPage, event_index(), title, **{"start_date": soon, "place": "Example Hall", "body": STORY, **fields}
    )


def newsletter_index() -> NewsletterIndexPage:
    """The archive, once."""
    return NewsletterIndexPage.objects.first() or make(
        NewsletterIndexPage, front_page(), "Newsletters", slug="newsletters", show_in_menus=True
    )


def issue(title: str = "April 2025", pages=(), **fields) -> NewsletterIssuePage:
    """An issue whose first section holds the pages."""
    items = [("page", {"page": page, "title": "", "summary_here": ""}) for page in pages]
    sections = [
        ("section", {"kind": "latest_news", "title": "", "items": [*items, ("text", TEXT)]}),
        ("section", {"kind": "contact", "title": "", "items": []}),
        ("section", {"kind": "subscriptions", "title": "", "items": []}),
    ]
    return make(
        NewsletterIssuePage,
        newsletter_index(),
        title,
        **{"date": date(2025, 4, 1), "introduction": TEXT, "sections": sections, **fields},
    )
