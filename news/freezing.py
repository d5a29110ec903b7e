"""Keeps a sent issue as it was sent, whatever becomes of the pages in it."""

from news.models import NewsletterIssuePage


def freeze_words(issue: NewsletterIssuePage) -> None:
    """Write each item's words into the issue itself."""
