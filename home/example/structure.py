"""Puts pages at their addresses: each once, and never over what somebody has written."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from wagtail.fields import StreamField
from wagtail.log_actions import log
from wagtail.models import Page, Site

from dscp_cms.models import Audience, Topic
from dscp_cms.pages import BasePage
from home.example import terms
from home.example.blocks import At, Drawn
from home.example.pictures import picture
from home.models import HomePage

LONDON = ZoneInfo("Europe/London")
PUBLISHED = datetime(2025, 3, 31, 12, tzinfo=LONDON)  # just before the April 2025 issue
INTERNAL_LINK = re.compile(r'<a href="(/[^"#]*)">')


@dataclass(frozen=True)
class PageWords:
    """A page of the example site: where it stands, and what stands on it."""

    address: str
    model: type[BasePage]
    title: str
    summary: str = ""
    topics: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    menu: bool = False
    published: datetime = PUBLISHED
    approve: bool = False  # by the workflow, as an issue of the newsletter is
    fields: dict[str, Any] = field(default_factory=dict)
    finish: Callable[[Any], None] | None = None  # what can only be said once the page exists

    @property
    def slug(self) -> str:
        return self.address.rstrip("/").rsplit("/", 1)[-1]

    @property
    def parent_address(self) -> str:
        return self.address[: -len(self.slug) - 1]


class Builder:
    """Adds the pages that are missing, then fills in exactly those.

    Pages refer to each other, so all are placed as drafts first. Run it inside a transaction.
    """

    def __init__(self):
        self.home = Site.objects.get(is_default_site=True).root_page.specific
        self.pages: dict[str, Page] = {"/": self.home}

    def build(self, wanted: Iterable[PageWords]) -> list[Page]:
        """Make what is missing and return it, published."""
        made = [words for words in wanted if self._place(words)]
        return [self._fill(words) for words in made]

    def _place(self, words: PageWords) -> bool:
        parent = self._at(words.parent_address)
        page = parent.get_children().filter(slug=words.slug).first()
        if page is not None:
            self.pages[words.address] = page
            return False
        page = words.model(
            title=words.title,
            slug=words.slug,
            summary=words.summary,
            show_in_menus=words.menu,
            live=False,
            first_published_at=words.published,
            **self._plain_fields(words),
        )
        parent.add_child(instance=page)
        log(instance=page, action="wagtail.create")
        self.pages[words.address] = page
        return True

    def _plain_fields(self, words: PageWords) -> dict:
        """The fields that need no other page."""
        plain = {}
        for name, value in words.fields.items():
            kind = words.model._meta.get_field(name)
            if not isinstance(kind, (StreamField, models.ForeignKey, models.ManyToManyField)):
                plain[name] = value
        return plain

    def _fill(self, words: PageWords) -> Page:
        page = words.model.objects.get(pk=self.pages[words.address].pk)
        self.write(page, words)
        revision = page.save_revision()
        workflow = page.get_workflow() if words.approve else None
        if workflow is None:
            revision.publish()
        else:
            self._approve(page, workflow)
        page = words.model.objects.get(pk=page.pk)
        self.pages[words.address] = page
        return page

    def write(self, page: BasePage, words: PageWords) -> None:
        """Put the words into the page's fields, with references to other pages made real."""
        for name, value in words.fields.items():
            kind = words.model._meta.get_field(name)
            if isinstance(kind, StreamField):
                setattr(page, name, json.dumps(self._resolved(value)))
            elif isinstance(kind, models.ManyToManyField):
                setattr(page, name, [self._at(entry.address).specific for entry in value])
            elif isinstance(kind, models.ForeignKey):
                setattr(page, kind.attname, self._resolved(value))
            else:
                setattr(page, name, self._resolved(value))
        page.topics = [_term(Topic, slug, terms.TOPICS) for slug in words.topics]
        page.audiences = [_term(Audience, slug, terms.AUDIENCES) for slug in words.audiences]
        if words.finish:
            words.finish(page)

    def _approve(self, page: Page, workflow) -> None:
        """Send the page through its workflow, each step approved, which publishes it."""
        state = workflow.start(page, None)
        while state.status == state.STATUS_IN_PROGRESS:
            state.current_task_state.approve(user=None)
            state.refresh_from_db()

    def _at(self, address: str) -> Page:
        """The page at an address; raise LookupError where there is none, so that no link is dead."""
        if address not in self.pages:
            parent, _, slug = address.rstrip("/").rpartition("/")
            page = self._at(f"{parent}/").get_children().filter(slug=slug).first() if slug else None
            if page is None:
                raise LookupError(f"The example site has no page at {address}")
            self.pages[address] = page
        return self.pages[address]

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, At):
            return self._at(value.address).pk
        if isinstance(value, Drawn):
            return picture(value.name).pk
        if isinstance(value, dict):
            return {name: self._resolved(part) for name, part in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._resolved(part) for part in value]
        return self._linked(value) if isinstance(value, str) else value

    def _linked(self, text: str) -> str:
        """Rich text whose links to this site's addresses lead to pages, wherever these move."""
        return INTERNAL_LINK.sub(lambda link: f'<a linktype="page" id="{self._at(link[1]).pk}">', text)


def _term(model, slug: str, known: dict):
    term, _created = model.objects.get_or_create(slug=slug, defaults=known[slug])
    return term


def write_front_page(builder: Builder, words: PageWords) -> bool:
    """Fill in the front page that the migration made, unless somebody has written on it."""
    home = builder.home
    if not isinstance(home, HomePage) or home.latest_revision_id or home.summary:
        return False
    home.summary = words.summary
    home.first_published_at = home.first_published_at or words.published
    home.save()
    builder.write(home, words)
    home.save_revision().publish()
    return True
