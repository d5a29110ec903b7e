"""Subscribers and lists for tests."""

from news import subscribers
from news.models import MailingList, Subscriber


def a_list(slug="newsletter", **more) -> MailingList:
    """A list; after a flush of the database even the first two are gone."""
    defaults = {"name": slug.replace("-", " ").capitalize(), "description": "What it brings."} | more
    return MailingList.objects.get_or_create(slug=slug, defaults=defaults)[0]


def subscribed(email="reader@example.org", *lists, **asked) -> Subscriber:
    """Somebody who signed up and confirmed, by the jobs themselves."""
    slugs = [each.slug for each in lists or [a_list()]]
    subscriber = subscribers.ask_to_confirm(email, lists=slugs, **asked)
    assert subscribers.confirm(subscriber) == subscribers.Answer.DONE
    subscriber.refresh_from_db()
    return subscriber
