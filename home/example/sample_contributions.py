"""Two things that agencies sent in: one that waits for somebody to decide, and one that was declined."""

from datetime import date, timedelta

from django.db import models
from django.utils import timezone

from home import contributions
from home.models import Contribution

NAME, EMAIL = "Delegate One", "delegate.one@example.org"
DECLINED = "We publish what is open to every agency. Please tell us when the next one is."


def add(today: date) -> list[models.Model]:
    """Make what is missing, and return it; nothing is mailed."""
    made: list[models.Model] = []
    if not Contribution.objects.filter(title="Sample event: an open afternoon").exists():
        if contributions.Kind.EVENT in contributions.parents():
            waiting = contributions.keep(_event(today))
            made += [waiting.page.specific, waiting]
    declined, new = Contribution.objects.get_or_create(
        title="Sample news: a staff meeting",
        defaults={
            "kind": Contribution.Kind.NEWS,
            "status": Contribution.Status.DECLINED,
            "name": NAME,
            "email": EMAIL,
            "agency": "Example Youth Charity",
            "decided_at": timezone.now(),
            "answer": DECLINED,
        },
    )
    return made + ([declined] if new else [])


def _event(today: date) -> dict:
    return {
        "kind": Contribution.Kind.EVENT,
        "title": "Sample event: an open afternoon",
        "summary": "This is sample activity: an agency sent it in, and it waits for somebody to decide.",
        "text": "Come and see what we do with young people.\n\nTea and cake from two o’clock.",
        "start_date": today + timedelta(days=30),
        "end_date": None,
        "place": "Example Hall",
        "link": "",
        "file": None,
        "expires": today + timedelta(days=30),
        "name": NAME,
        "email": EMAIL,
        "agency": "Example Youth Charity",
        "telephone": "",
    }
