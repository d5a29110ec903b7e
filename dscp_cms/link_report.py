"""Which addresses on other sites the published pages link to, and which of these don't work.

The pages' stored words are read, not printed pages: quick, and with every field and block that holds an
address. Looking at the addresses is ``dscp_cms.links``'s work, in the background.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bs4 import BeautifulSoup
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from wagtail.models import Page

from dscp_cms import links, tasks
from dscp_cms.faces import is_ours
from dscp_cms.models import LinkCheck, LinkUse

PAGES_AT_ONCE = 100
UNSURE_AFTER = 2  # failures in a row, a day apart, before staff are asked to try it themselves
WEB = ("http://", "https://")


@dataclass(frozen=True)
class Found:
    """An address on another site, and the words it stands under."""

    url: str
    words: str


def links_of(page: Page) -> list[Found]:
    """The addresses on other sites in all that editors wrote on a page, each once."""
    found: dict[str, str] = {}
    for one in _addresses(page.specific.serializable_data()):
        if len(one.url) <= links.LONGEST and not is_ours(one.url):
            found[one.url] = found.get(one.url) or one.words
    return [Found(url, words) for url, words in found.items()]


def _addresses(value: Any) -> Iterator[Found]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _addresses(part)
    elif isinstance(value, list):
        for part in value:
            yield from _addresses(part)
    elif isinstance(value, str) and "http" in value:
        yield from _in_text(value)


def _in_text(text: str) -> Iterator[Found]:
    if text.startswith(("[", "{")):
        try:
            yield from _addresses(json.loads(text))
        except (ValueError, RecursionError):
            return
    elif text.startswith(WEB) and not any(character.isspace() for character in text.strip()):
        yield Found(text.strip(), "")
    elif "<a" in text:
        for link in BeautifulSoup(text, "html.parser").find_all("a", href=True):
            if link["href"].startswith(WEB):
                yield Found(link["href"], " ".join(link.get_text(" ").split())[:200])


def collect(now: datetime | None = None) -> int:
    """Note where every external link of the published pages stands, and ask for those that need a look.

    An address that worked is asked for again after a week, one that didn't after some hours
    (``links.FRESH``), so running this each day checks each address weekly and a broken one daily. Returns
    the number of addresses.
    """
    now = now or timezone.now()
    keys = list(Page.objects.live().order_by("pk").values_list("pk", flat=True))
    addresses: set[str] = set()
    for start in range(0, len(keys), PAGES_AT_ONCE):
        batch = Page.objects.filter(pk__in=keys[start : start + PAGES_AT_ONCE], live=True).specific()
        addresses |= _note(list(batch), now)
    LinkUse.objects.exclude(page__in=Page.objects.live()).delete()
    return len(addresses)


def _note(pages: list[Page], now: datetime) -> set[str]:
    """Note the links of these pages in place of what was noted of them before, and ask for them."""
    found = {page.pk: links_of(page) for page in pages}
    urls = {one.url for many in found.values() for one in many}
    checks = {check.url: check.pk for check in links.ask(urls)}
    uses = [
        LinkUse(check_of_id=checks[one.url], page_id=key, words=one.words, read_at=now)
        for key, many in found.items()
        for one in many
        if one.url in checks
    ]
    with transaction.atomic():
        LinkUse.objects.filter(page__in=found).delete()
        LinkUse.objects.bulk_create(uses, batch_size=500, ignore_conflicts=True)
    return urls


def refresh(checks: QuerySet[LinkCheck]) -> None:
    """Read those pages again that were published since their links were noted, so that a mended link goes at once."""
    stale = LinkUse.objects.filter(check_of__in=checks, page__last_published_at__gt=F("read_at"))
    gone = LinkUse.objects.filter(check_of__in=checks, page__live=False)
    gone.delete()
    keys = set(stale.values_list("page", flat=True)[:PAGES_AT_ONCE])
    if keys:
        _note(list(Page.objects.filter(pk__in=keys).specific()), timezone.now())


def broken() -> QuerySet[LinkCheck]:
    """Addresses on published pages that are dead, or that couldn't be checked several times; not the ignored ones.

    Those that are dead come first, then by how long.
    """
    unsure = Q(outcome=LinkCheck.Outcome.UNSURE, failures__gte=UNSURE_AFTER)
    return _used().filter(Q(outcome=LinkCheck.Outcome.DEAD) | unsure, ignored_at=None)


def dead() -> QuerySet[LinkCheck]:
    """Addresses on published pages that certainly lead nowhere; not the ignored ones."""
    return broken().filter(outcome=LinkCheck.Outcome.DEAD)


def ignored() -> QuerySet[LinkCheck]:
    """Addresses on published pages that staff said to leave alone."""
    return _used().exclude(ignored_at=None)


def _used() -> QuerySet[LinkCheck]:
    uses = LinkUse.objects.filter(check_of=OuterRef("pk"), page__live=True)
    return LinkCheck.objects.filter(Exists(uses)).order_by("outcome", "failing_since", "pk")


def pages_by_check(checks: list[LinkCheck]) -> dict[int, list[LinkUse]]:
    """Where each of these addresses stands, by the key of its check."""
    uses: dict[int, list[LinkUse]] = defaultdict(list)
    rows = LinkUse.objects.filter(check_of__in=checks, page__live=True).select_related("page").order_by("page__title")
    for use in rows:
        uses[use.check_of_id].append(use)
    return uses


def ignore(pk: int) -> bool:
    """Leave an address out of the report until it works again, or somebody asks to check it again; say if it was."""
    return bool(LinkCheck.objects.filter(pk=pk, ignored_at=None).update(ignored_at=timezone.now()))


def check_again(pks: list[int]) -> int:
    """Have these addresses looked at now, and shown again if they don't work; return how many."""
    now = timezone.now()
    asked = LinkCheck.objects.filter(pk__in=pks).update(asked_at=now, ignored_at=None)
    if asked:
        transaction.on_commit(tasks.check_due_links.enqueue)
    return asked
