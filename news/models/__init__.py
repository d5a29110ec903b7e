"""News, events and the newsletter."""

from news.models.events import EventIndexPage, EventPage
from news.models.newsletter import NewsletterIndexPage, NewsletterIssuePage
from news.models.news import NewsIndexPage, NewsItemPage

__all__ = [
    "EventIndexPage",
    "EventPage",
    "NewsIndexPage",
    "NewsItemPage",
    "NewsletterIndexPage",
    "NewsletterIssuePage",
]
