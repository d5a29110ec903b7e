"""Walks through an issue: its blocks, the pages they lead to, and where each stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup
from wagtail import blocks
from wagtail.blocks.list_block import ListValue
from wagtail.blocks.stream_block import StreamValue
from wagtail.models import Page
from wagtail.rich_text import RichText

from dscp_cms.blocks import LinkValue
from dscp_cms.models import SiteImage
from news.blocks import PageItemValue

INTRODUCTION, CORRECTIONS = "Introduction", "Corrections"


@dataclass(frozen=True)
class Part:
    """A value inside an issue and where an editor finds it, such as ``Events, item 2``."""

    value: Any
    where: str


def parts(issue) -> Iterator[Part]:
    """Every value inside the issue's blocks, and its introduction; a struct before what it holds."""
    if issue.introduction:
        yield Part(RichText(issue.introduction), INTRODUCTION)
    for correction in issue.corrections:
        yield from _within(correction.value, CORRECTIONS)
    for section in issue.sections:
        for number, item in enumerate(section.value["items"], start=1):
            yield from _within(item.value, f"{section.value.heading}, item {number}")


def _within(value: Any, where: str) -> Iterator[Part]:
    yield Part(value, where)
    if isinstance(value, blocks.StructValue):
        inside = list(value.values())
    elif isinstance(value, StreamValue):
        inside = [child.value for child in value]
    elif isinstance(value, ListValue):
        inside = list(value)
    else:
        return
    for child in inside:
        yield from _within(child, where)


def pages_linked(part: Part) -> set[int]:
    """The keys of the pages that this value itself leads to, those that are gone too."""
    if isinstance(part.value, RichText):
        soup = BeautifulSoup(part.value.source, "html.parser")
        keys = (link.get("id", "") for link in soup.find_all("a", linktype="page"))
        return {int(key) for key in keys if key.isdecimal()}
    page = page_of(part)
    return {page.pk} if page else set()


def page_of(part: Part) -> Page | None:
    """The page that was chosen in this value itself, such as that of an item or a button; None where there is none."""
    page = part.value.get("page") if isinstance(part.value, (PageItemValue, LinkValue)) else None
    return page if isinstance(page, Page) else None


def images(issue) -> Iterator[tuple[SiteImage, str]]:
    """The pictures in the issue's blocks."""
    for part in parts(issue):
        if isinstance(part.value, SiteImage):
            yield part.value, part.where


def items(issue) -> Iterator[tuple[PageItemValue, str]]:
    """The pages that are items of the issue."""
    for part in parts(issue):
        if isinstance(part.value, PageItemValue):
            yield part.value, part.where
