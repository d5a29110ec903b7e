"""Annual events come back: when one is over, next year's is drafted with its date to confirm."""

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from news.calendar import next_year
from news.models import EventPage


def repeat_annual_events() -> int:
    """Draft next year's event for every annual one that is over and hasn't been repeated; return how many.

    Finds everything due, whenever it last ran. The draft keeps words and topics; its date is
    52 weeks later, marked “to confirm”, so that it is not shown or mailed before somebody checked it.
    """
    due = EventPage.objects.live().past().filter(repeats_yearly=True, repeated_as=None)
    made = 0
    for event in due:
        with transaction.atomic():
            _repeat(event)
        made += 1
    return made


def _repeat(event: EventPage) -> EventPage:
    start = next_year(event.start_date)
    while start < timezone.localdate():
        start = next_year(start)
    shift = start - event.start_date
    title = event.title.replace(str(event.start_date.year), str(start.year))
    slug = _free_slug(event, slugify(f"{slugify(title).removesuffix(f'-{start.year}')}-{start.year}"))
    return event.copy(
        keep_live=False,
        copy_revisions=False,
        reset_translation_key=True,
        update_attrs={
            "title": title,
            "draft_title": title,
            "slug": slug,
            "start_date": start,
            "end_date": event.end_date + shift if event.end_date else None,
            "last_day": event.last_day + shift,
            "date_to_confirm": True,
            "repeated_from": event,
        },
    )


def _free_slug(event: EventPage, slug: str) -> str:
    taken = set(event.get_siblings().values_list("slug", flat=True))
    candidate, number = slug, 2
    while candidate in taken:
        candidate, number = f"{slug}-{number}", number + 1
    return candidate
