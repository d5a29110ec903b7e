"""Posts and pages of WordPress as pages of ours: what goes into which field."""

import hashlib
import html
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import unquote

from django.utils import timezone
from django.utils.text import slugify
from wagtail.models import Page

from home.imports.blocks import Surroundings, story
from home.imports.inline import words_of
from home.imports.wordpress_file import Entry, Item
from home.models import StandardPage
from news.models import NewsItemPage

LONGEST_SUMMARY = 300
SUMMARY_WORDS = 40  # of the text, where an author wrote no excerpt
LONGEST_SLUG = 120
FOOTNOTES = re.compile(r"<!--\s+wp:footnotes\b.*?/-->")
NOBODY = {"", "admin", "administrator", "wordpress", "root", "webmaster"}


@dataclass
class Content:
    """All that is written into a page, and what an editor should look at."""

    title: str
    summary: str
    body: list[dict]
    topics: list[int]
    image: int | None
    when: datetime
    day: date
    notes: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Tells two contents apart."""
        said = [self.title, self.summary, self.body, sorted(self.topics), self.image, self.day.isoformat()]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def content_of(item: Item, around: Surroundings, topics: list[int], image: int | None) -> Content:
    """Convert a post or page."""
    found = story(with_footnotes(item), around)
    body = found.blocks
    author = " ".join(item.author.split())
    if item.entry.kind == "post" and author.lower() not in NOBODY and "@" not in author:
        body = [*body, {"type": "text", "value": f"<p>Written by {html.escape(author[:120])}</p>"}]
    when = moment(item)
    title = " ".join(words_of(html.unescape(item.title)).split())
    notes = list(found.notes)
    if not title:
        title = f"Without a title, {when:%d/%m/%Y}"
        notes.append("It had no title.")
    if len(title) > 255:
        notes.append("Its title was longer than 255 characters and was cut.")
    return Content(
        title=title[:255],
        summary=summary_of(item.excerpt, found.blocks),
        body=body,
        topics=topics,
        image=image,
        when=when,
        day=timezone.localtime(when).date(),
        notes=notes,
    )


def with_footnotes(item: Item) -> str:
    """The content with its footnotes, which WordPress keeps beside it and puts in for each reader."""
    try:
        notes = json.loads(item.meta.get("footnotes") or "[]")
        words = [str(note["content"]) for note in notes]
    except (ValueError, TypeError, KeyError, RecursionError):
        return item.content
    listed = "".join(f"<li>{each}</li>" for each in words if each.strip())
    return FOOTNOTES.sub(lambda _found: f"<ol>{listed}</ol>", item.content) if listed else item.content


def moment(item: Item) -> datetime:
    """When it was published; 1 January 2000 for a date that can't be read."""
    for text, zone in ((item.date_gmt, UTC), (item.date, timezone.get_default_timezone())):
        try:
            found = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone)  # noqa: DTZ007
        except ValueError:
            continue
        if 1990 <= found.year <= 2100:
            return found
    return datetime(2000, 1, 1, tzinfo=UTC)


def summary_of(excerpt: str, blocks: list[dict]) -> str:
    """The excerpt, or the first words of the text, as WordPress itself shows them."""
    text = words_of(re.sub(r"\[[^\]]*\]", " ", excerpt)) if excerpt.strip() else ""
    if not text:
        first = next((block["value"] for block in blocks if block["type"] == "text"), "")
        words = words_of(first).split()
        text = " ".join(words[:SUMMARY_WORDS]) + ("…" if len(words) > SUMMARY_WORDS else "")
    if len(text) > LONGEST_SUMMARY:
        text = text[: LONGEST_SUMMARY - 1].rsplit(" ", 1)[0] + "…"
    return text


def slug_for(entry: Entry, title: str, parent: Page) -> tuple[str, str]:
    """A slug that is free below the parent, and a sentence where it isn't the old one."""
    wanted = slugify(unquote(entry.slug))[:LONGEST_SLUG] or slugify(title)[:LONGEST_SLUG] or f"item-{entry.post_id}"
    reserved = getattr(parent.specific_class, "reserved_slugs", ())
    taken = set(parent.get_children().filter(slug__startswith=wanted).values_list("slug", flat=True)) | set(reserved)
    slug, number = wanted, 2
    while slug in taken:
        slug, number = f"{wanted}-{number}", number + 1
    note = "" if slug == wanted else f"The address “{wanted}” is taken here, so it has “{slug}”."
    return slug, note


def shell(entry: Entry, item: Item, parent: Page, slug: str) -> Page:
    """A draft with a title and an address, so that other pages can already link to it."""
    title = words_of(html.unescape(item.title))[:255] or "Without a title"
    when = moment(item)
    if entry.kind == "post":
        page = NewsItemPage(title=title, slug=slug, date=timezone.localtime(when).date())
    else:
        page = StandardPage(title=title, slug=slug)
    page.live = False
    page.has_unpublished_changes = True
    # Kept when it is published, so that no newsletter takes an old post for news.
    page.first_published_at = when
    return parent.add_child(instance=page)


def write(page: Page, content: Content, user=None):
    """Write the content as a new revision; return it. Nothing is published."""
    page.title = page.draft_title = content.title
    page.summary = content.summary
    page.body = json.dumps(content.body)
    page.topics.set(content.topics)
    if isinstance(page, NewsItemPage):
        page.date = content.day
        page.image_id = content.image
    else:
        page.social_image_id = content.image
    if not page.live:
        page.save()
    return page.save_revision(user=user, changed=True)
