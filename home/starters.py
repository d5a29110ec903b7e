"""Page starters: a new page begins as a draft with the right blocks and guidance in them.

Guidance stands as “[Guidance: …]”, which the checks find: a page with some left in can't be published.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.html import escape
from django.utils.text import slugify
from wagtail.models import Page

from news.models import EventIndexPage, EventPage, NewsIndexPage, NewsItemPage
from resources.models import LearningReviewPage, ResourceLibraryPage, ResourcePage
from training.models import CoursePage, TrainingIndexPage


def guidance(text: str) -> str:
    """What to write here, so marked that nobody takes it for the page's own words."""
    return f"[Guidance: {text}]"


def _heading(text: str) -> dict:
    return {"type": "heading", "value": {"text": text, "level": "h2"}}


def _text(advice: str) -> dict:
    return {"type": "text", "value": f"<p>{escape(guidance(advice))}</p>"}


def _list(advice: str, count: int = 3) -> dict:
    items = "".join(f"<li>{escape(guidance(advice))}</li>" for _number in range(count))
    return {"type": "text", "value": f"<ul>{items}</ul>"}


def _callout(kind: str, title: str, advice: str) -> dict:
    return {"type": "callout", "value": {"kind": kind, "title": title, "text": f"<p>{escape(guidance(advice))}</p>"}}


def _parts(*pairs: tuple[str, str]) -> list[dict]:
    return [block for heading, advice in pairs for block in (_heading(heading), _text(advice))]


def _briefing() -> dict:
    return {
        "kind": ResourcePage.Kind.BRIEFING,
        "summary": guidance("one sentence on what a team knows after seven minutes."),
        "body": _parts(
            ("1. What is it?", "say in two or three sentences what this is about."),
            ("2. Why does it matter?", "what happens to children when we miss it. Nobody is named."),
            ("3. What do we know?", "the facts, with their source and year."),
            ("4. What should you look for?", "signs that a practitioner can see or hear."),
            ("5. What should you do?", "the first three steps, and whom to tell."),
            ("6. Where is help?", "link to the procedure, the course and the resource pages."),
        )
        + [_heading("7. Questions for your team"), _list("a question that a team can talk about.")],
    }


def _review() -> dict:
    point = {
        "point": guidance("in one sentence, what we do differently from now on."),
        "text": f"<p>{escape(guidance('why, and what it means in practice. Nobody is named.'))}</p>",
    }
    return {
        "kind": LearningReviewPage.Kind.RAPID,
        "summary": guidance("what the review was about, in one sentence that names nobody."),
        "body": _parts(
            ("What happened", "only what readers need, in words that the family could read. No name, age or place."),
            ("What worked well", "what helped, and who did it."),
            ("What we found", "the main findings in plain words."),
        )
        + [_callout("action", "What to do now", "what practitioners should do from today.")],
        "learning_points": [{"type": "point", "value": point} for _number in range(3)],
    }


def _awareness_week() -> dict:
    # It must have a day; four weeks ahead is plainly not the right one, and is marked as to be confirmed.
    first = timezone.localdate() + timedelta(weeks=4)
    return {
        "kind": EventPage.Kind.AWARENESS,
        "start_date": first,
        "end_date": first + timedelta(days=6),
        "date_to_confirm": True,
        "repeats_yearly": True,
        "summary": guidance("what the week is about and what readers can do."),
        "body": _parts(
            ("What the week is about", "what it asks people to notice, in two or three sentences."),
            ("What you can do", "one thing for practitioners, one for parents and carers, one for schools."),
            ("Posters and films", "link to what can be shared. Link to pages rather than files."),
            ("If you are worried about a child", "link to “Worried about a child?”."),
        ),
    }


def _report() -> dict:
    return {
        "kind": NewsItemPage.Kind.SPOTLIGHT,
        "date": timezone.localdate(),
        "summary": guidance("what the report found that matters most, in one or two sentences."),
        "body": _parts(
            ("Why you should read it", "who wrote it and whom it concerns."),
            ("What it means for County Durham", "what changes in our work, and by when."),
        ),
        "key_findings": _list("a finding in one sentence.")["value"],
        "recommendations": _list("what the report asks for, and of whom.")["value"],
        "source_title": "",
    }


def _course() -> dict:
    return {
        "summary": guidance("what people can do after the course, in one or two sentences."),
        "body": [_text("what the course is about, in three or four sentences."), *_parts(
            ("How it runs", "what happens on the day, with how much talking, watching and doing."),
            ("Before you come", "what to read or bring. Take this part out if there is nothing."),
        )],
        "learning_outcomes": _list("begin with a verb: recognise, ask, record, refer.")["value"],
        "who_should_attend": _text("roles and agencies, and what they need to have done before.")["value"],
    }  # fmt: skip


@dataclass(frozen=True)
class Starter:
    """A kind of page to begin with, the sections it may stand in, and what it begins with."""

    slug: str
    label: str
    about: str
    icon: str
    model: type[Page]
    section: type[Page]
    begin: Callable[[], dict]


STARTERS = (
    Starter(
        "report", "News about a report", "Sums up a report: findings, recommendations, what it means here.",
        "doc-full-inverse", NewsItemPage, NewsIndexPage, _report,
    ),
    Starter(
        "awareness-week", "Awareness week", "A week or day of every year, with something to do for everybody.",
        "date", EventPage, EventIndexPage, _awareness_week,
    ),
    Starter(
        "7-minute-briefing", "7-minute briefing", "Seven short parts that a team can read and talk through.",
        "time", ResourcePage, ResourceLibraryPage, _briefing,
    ),
    Starter(
        "learning-review", "Learning review", "What a review found, as learning points that lead on to training.",
        "tick-inverse", LearningReviewPage, ResourceLibraryPage, _review,
    ),
    Starter(
        "course", "Course", "A course in the catalogue; its sessions are added afterwards.",
        "group", CoursePage, TrainingIndexPage, _course,
    ),
)  # fmt: skip


def sections(starter: Starter, user) -> list[Page]:
    """The live sections in which this user may put such a page, by title."""
    found = starter.section.objects.live().order_by("title")
    return [section for section in found if section.permissions_for_user(user).can_add_subpage()]


def offered(user) -> list[Starter]:
    """The starters that this user can use."""
    return [starter for starter in STARTERS if sections(starter, user)]


def start(starter: Starter, title: str, section: Page, user) -> Page:
    """Make the draft of a page in the section and return it; nobody else sees it until it is published.

    The caller has checked that the user may add pages there.
    """
    fields = starter.begin()
    streams = {name: fields.pop(name) for name in ("body", "learning_points") if name in fields}
    page = starter.model(title=title, slug=_free_slug(title, section), owner=user, live=False, **fields)
    for name, blocks in streams.items():
        setattr(page, name, starter.model._meta.get_field(name).to_python(blocks))
    section.add_child(instance=page)
    page.save_revision(user=user, log_action=True)
    return page


def _free_slug(title: str, section: Page) -> str:
    wanted = slugify(title)[:200] or "page"
    taken = set(section.get_children().values_list("slug", flat=True)) | set(section.specific.reserved_slugs)
    return next(
        slug for number in range(1, 10_000) if (slug := wanted if number == 1 else f"{wanted}-{number}") not in taken
    )
