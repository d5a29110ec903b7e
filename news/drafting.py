"""An issue drafts itself: what was published since the last one, and what is coming, each in its section."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import IntegerField, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone
from django.utils.text import slugify
from wagtail.log_actions import log
from wagtail.models import Page, get_page_models

from dscp_cms.models import SiteSettings
from dscp_cms.pages import BasePage
from news.blocks import Section
from news.models import Campaign, NewsletterIndexPage, NewsletterIssuePage

LAST_ISSUES = 6  # what these had isn't offered again
CLOSING = (Section.CONTACT, Section.SUBSCRIPTIONS)  # at the end of every issue; they fill themselves
ORDER = list(Section.values)


@dataclass(frozen=True)
class Period:
    """What an issue covers: published from ``since`` to ``until``, and what comes after that."""

    since: datetime
    until: datetime


@transaction.atomic
def draft_issue(
    *, on: date, user=None, copy_date: date | None = None, send_date: date | None = None
) -> NewsletterIssuePage:
    """Make a draft of the issue for that day, filled with what every page type offers; return it.

    Each page stands once, in the section that it names itself, sections in their usual order, the
    newest first; what the last issues had is left out, and so are empty sections. Nothing is
    published. Raises LookupError where the site has no newsletter archive.
    """
    archive = NewsletterIndexPage.objects.first()
    if archive is None:
        raise LookupError("The site has no newsletter archive. Add one under the front page.")
    found = _offered(period(on), _had_lately())
    title = f"{SiteSettings.for_site(archive.get_site()).short_name} newsletter: {on:%B %Y}"
    issue = NewsletterIssuePage(
        title=title,
        slug=free_slug(archive, slugify(f"{on:%B %Y}")),
        subject=title,
        date=on,
        copy_date=copy_date,
        send_date=send_date,
        live=False,
        owner=user,
        sections=json.dumps([_section(kind, pages) for kind, pages in (found | dict.fromkeys(CLOSING, [])).items()]),
    )
    archive.add_child(instance=issue)
    issue.save_revision(user=user, log_action=False)
    log(instance=issue, action="wagtail.create", user=user, content_changed=True)
    return issue


@transaction.atomic
def add_whats_new(issue: NewsletterIssuePage, user=None) -> list[Page]:
    """Add to the issue's latest draft what it hasn't been offered yet; return the pages added.

    Each goes to the end of its section; a section that is missing is made in its usual place. What
    once stood in any version of the issue and was taken out isn't brought back. Makes a new revision,
    or none where nothing is new.
    """
    page = NewsletterIssuePage.objects.select_for_update().get(pk=issue.pk)
    draft = page.get_latest_revision_as_object()
    found = whats_new(draft)
    if not found:
        return []
    sections = list(draft.sections.get_prep_value())
    for kind, pages in found.items():
        _add_to(sections, kind, pages)
    draft.sections = json.dumps(sections)
    draft.save_revision(user=user, changed=True)
    return [page for pages in found.values() for page in pages]


def whats_new(issue: NewsletterIssuePage) -> dict[str, list[Page]]:
    """What ``add_whats_new`` would add, by section."""
    stood = {
        key for (content,) in issue.revisions.values_list("content").iterator() for key in _keys(content["sections"])
    }
    return _offered(period(issue.date, but=issue), _had_lately(but=issue), stood)


def number_of_new(pk: int, on: date) -> int:
    """How many pages ``whats_new`` finds for the issue with that key and date, told from keys alone.

    One query for all page types together, and four for what the issue and its predecessors had.
    """
    issue = NewsletterIssuePage(pk=pk, date=on)
    stored = issue.revisions.values_list(KeyTextTransform("sections", "content"), flat=True).iterator()
    stood = {key for sections in stored for key in _keys(sections)}
    covered, had = period(on, but=issue), _had_lately(but=issue)
    offered = [
        model.newsletter_candidates(covered.since, covered.until)
        .order_by()
        .annotate(comes_again=Value(int(model.newsletter_repeats), output_field=IntegerField()))
        .values_list("pk", "comes_again")
        for model in _page_types()
        if model.newsletter_section is not None
    ]
    first, *others = offered
    return sum(key not in stood and (bool(again) or key not in had) for key, again in first.union(*others))


def period(on: date, but: NewsletterIssuePage | None = None) -> Period:
    """From the last sent issue to now, or to the end of ``on`` where that comes later.

    An issue dated in a month that is over ends with its own day.
    """
    now = timezone.now()
    end = timezone.make_aware(datetime.combine(on, time.max))
    past = (on.year, on.month) < (timezone.localdate().year, timezone.localdate().month)
    return Period(_last_sent(but) or _last_dated(on, but), end if past else max(now, end))


def _last_sent(but: NewsletterIssuePage | None) -> datetime | None:
    """When the last issue that was sent was closed: its revision was made, or at the latest its sending began.

    An issue sent again to other people counts by its first sending; bulletins, cancelled sendings and
    corrections don't count.
    """
    campaigns = Campaign.objects.filter(issue__kind=NewsletterIssuePage.Kind.ISSUE, corrects=None)
    campaigns = campaigns.exclude(status=Campaign.Status.CANCELLED).exclude(issue=but)
    first: dict[int, datetime] = {}
    closed: dict[int, datetime] = {}
    for key, sent, made in campaigns.values_list("issue", "send_at", "revision__created_at").order_by("send_at"):
        if key not in first:
            first[key], closed[key] = sent, min(sent, made or sent)
    return closed[max(first, key=first.get)] if first else None


def _last_dated(on: date, but: NewsletterIssuePage | None) -> datetime:
    """The day of the last issue in the archive before this one; without any, a month before it."""
    earlier = NewsletterIssuePage.objects.live().filter(kind=NewsletterIssuePage.Kind.ISSUE, date__lt=on)
    day = earlier.exclude(pk=but.pk if but else None).order_by("-date").values_list("date", flat=True).first()
    return timezone.make_aware(datetime.combine(day or _month_before(on), time.min))


def _month_before(day: date) -> date:
    return date(day.year - (day.month == 1), 12 if day.month == 1 else day.month - 1, min(day.day, 28))


def _offered(covered: Period, had: set[int], stood: set[int] = frozenset()) -> dict[str, list[Page]]:
    """What every page type offers, by section in its usual order, each page once, but not what already ``stood``.

    What the last issues ``had`` comes again only where its type says so: a course, with other dates. Two
    queries at most for each page type, however many pages they find.
    """
    found: dict[str, list[Page]] = {}
    seen = set(stood)
    for model in _page_types():
        for page in model.newsletter_candidates(covered.since, covered.until):
            section = page.newsletter_section
            if page.pk not in seen and section and (page.newsletter_repeats or page.pk not in had):
                seen.add(page.pk)
                found.setdefault(section if section in ORDER else Section.WHATS_NEW, []).append(page)
    return {kind: _newest_first(found[kind]) for kind in ORDER if kind in found}


def _page_types() -> list[type[BasePage]]:
    return [model for model in get_page_models() if issubclass(model, BasePage) and not model._meta.abstract]


def _newest_first(pages: list[Page]) -> list[Page]:
    """A type's own order where it is alone, such as the next event first; several types by their dates."""
    if len({type(page) for page in pages}) == 1:
        return pages
    return sorted(pages, key=lambda page: (page.first_published_at or timezone.now(), page.pk), reverse=True)


def _had_lately(but: NewsletterIssuePage | None = None) -> set[int]:
    """The keys of the pages that the last issues had, those in the archive and those being sent."""
    sending = Campaign.objects.exclude(status=Campaign.Status.CANCELLED).values("issue")
    issues = NewsletterIssuePage.objects.filter(Q(live=True) | Q(pk__in=sending), kind=NewsletterIssuePage.Kind.ISSUE)
    issues = issues.exclude(pk=but.pk if but else None).order_by("-date", "-pk")
    stored = issues.values_list("sections", flat=True)[:LAST_ISSUES]
    return {key for sections in stored for key in _keys(sections)}


def _keys(sections) -> Iterator[int]:
    """The pages that are items of stored sections, told without fetching them."""
    raw = sections.raw_data if hasattr(sections, "raw_data") else json.loads(sections or "[]")
    for section in raw:
        for item in section["value"].get("items") or []:
            if item["type"] == "page" and isinstance(item["value"].get("page"), int):
                yield item["value"]["page"]


def _section(kind: str, pages: Iterable[Page]) -> dict:
    return {"type": "section", "value": {"kind": str(kind), "title": "", "items": [_item(page) for page in pages]}}


def _item(page: Page) -> dict:
    """A page as an item with its own words, which stay the page's until the editor writes others."""
    return {"type": "page", "value": {"page": page.pk, "title": "", "summary_here": "", "line": "", "fixed": False}}


def _add_to(sections: list[dict], kind: str, pages: list[Page]) -> None:
    for section in sections:
        if section["value"]["kind"] == kind:
            section["value"]["items"] = [*section["value"]["items"], *map(_item, pages)]
            return
    places = (place for place, s in enumerate(sections) if ORDER.index(s["value"]["kind"]) > ORDER.index(kind))
    sections.insert(next(places, len(sections)), _section(kind, pages))


def free_slug(archive: NewsletterIndexPage, wanted: str) -> str:
    """The slug that is wanted, numbered where another issue has it."""
    taken = set(archive.get_children().filter(slug__startswith=wanted).values_list("slug", flat=True))
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)
