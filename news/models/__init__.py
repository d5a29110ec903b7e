"""News, events and the newsletter."""

from news.models.campaigns import Campaign, Delivery, DomainPause, RateToken
from news.models.events import EventIndexPage, EventPage
from news.models.news import NewsIndexPage, NewsItemPage
from news.models.newsletter import NewsletterIndexPage, NewsletterIssuePage
from news.models.requests import FormRequest, ImportReport, SubscriberImport
from news.models.subscribers import Consent, MailingList, Membership, Subscriber

__all__ = [
    "Campaign",
    "Consent",
    "Delivery",
    "DomainPause",
    "FormRequest",
    "ImportReport",
    "RateToken",
    "MailingList",
    "Membership",
    "Subscriber",
    "SubscriberImport",
    "EventIndexPage",
    "EventPage",
    "NewsIndexPage",
    "NewsItemPage",
    "NewsletterIndexPage",
    "NewsletterIssuePage",
]
