"""The blocks that a newsletter issue is made of: fixed sections, each with items."""

from datetime import date

from django.db import models
from wagtail import blocks

from dscp_cms.block_references import PageBlock
from dscp_cms.blocks import (
    TEXT_FEATURES,
    ButtonBlock,
    CalloutBlock,
    ImageBlock,
    KeyFactsBlock,
    LinkListBlock,
    QuotationBlock,
    anchor,
)
from dscp_cms.visibility import open_pages


class Section(models.TextChoices):
    """The newsletter's fixed sections, in their usual order."""

    LATEST_NEWS = "latest_news", "Latest news"
    PRIORITIES = "priorities", "Priorities"
    WHATS_NEW = "whats_new", "What's new"
    EVENTS = "events", "Events"
    TRAINING = "training", "Training"
    SPOTLIGHT = "spotlight", "Spotlight on"
    LOCAL_RESOURCES = "local_resources", "Local resources"
    NATIONAL_GUIDANCE = "national_guidance", "National guidance and useful resources"
    CONTACT = "contact", "Contact us"
    SUBSCRIPTIONS = "subscriptions", "Subscriptions"


class PageItemValue(blocks.StructValue):
    """A chosen page, with this issue's own words where the editor wrote some.

    Of a page that readers can't open, nothing is said but what the editor wrote; one that only some may
    open is left out wherever everybody reads.
    """

    @property
    def target(self):
        """The page in its own type, or None where it is gone."""
        if not hasattr(self, "_target"):
            page = self.get("page")
            self._target = page.specific if page else None
        return self._target

    @property
    def words(self) -> str:
        return self.get("title") or self._own("title")

    @property
    def summary(self) -> str:
        return self.get("summary_here") or self._own("summary")

    @property
    def meta(self) -> str:
        """The line of facts, such as a date and a place."""
        return self.get("line") or self._own("meta_line")

    def _own(self, name: str) -> str:
        """What the page itself says today; nothing once the words are fixed, nor of a page that isn't published."""
        return "" if self.get("fixed") or not self.target or not self.target.live else getattr(self.target, name, "")

    @property
    def open_to_all(self) -> bool:
        """Whether the item may stand where everybody reads it, as in the e-mail; also once the page is gone."""
        if not hasattr(self, "_open_to_all"):
            self._open_to_all = self.target is None or bool(open_pages([self.target]))
        return self._open_to_all

    @property
    def words_for_all(self) -> str:
        """The words, where everybody may read them."""
        return self.words if self.open_to_all else ""

    @property
    def href(self) -> str:
        return (self.target.url or "") if self.target and self.target.live else ""


class PageItemBlock(blocks.StructBlock):
    """A page of this site as an item of the issue."""

    page = PageBlock(help_text="A news item, event, course, resource or any other page.")
    title = blocks.CharBlock(
        max_length=160, required=False, help_text="A title for this issue only. Empty: the page's own."
    )
    summary_here = blocks.TextBlock(
        max_length=600,
        required=False,
        label="Summary",
        help_text="A summary for this issue only. Empty: the page's own.",
    )
    line = blocks.CharBlock(
        max_length=250,
        required=False,
        label="Line of facts",
        help_text="Date, place and the like, for this issue only. Empty: the page's own.",
    )
    fixed = blocks.BooleanBlock(
        required=False,
        label="Keep these words",
        help_text="Ticked by itself when the issue is sent: later changes of the page don't change the issue.",
    )

    class Meta:
        form_layout = blocks.BlockGroup(children=["page", "title", "summary_here"], settings=["line", "fixed"])
        icon = "doc-empty-inverse"
        label = "Page"
        template = "news/blocks/page_item.html"
        description = "A page of this site, with a title and summary that can be rewritten for this issue"
        value_class = PageItemValue
        preview_template = "news/blocks/page_item_preview.html"


class ItemsBlock(blocks.StreamBlock):
    """What a section holds, in order."""

    page = PageItemBlock(group="From the site")
    text = blocks.RichTextBlock(
        features=TEXT_FEATURES,
        icon="pilcrow",
        group="Written for this issue",
        template="blocks/rich_text.html",
        description="Words written for this issue",
        preview_value="<p>Book early: places are limited.</p>",
    )
    callout = CalloutBlock(group="Written for this issue")
    key_facts = KeyFactsBlock(group="Written for this issue")
    quotation = QuotationBlock(group="Written for this issue")
    image = ImageBlock(group="Written for this issue")
    link_list = LinkListBlock(group="Written for this issue")
    button = ButtonBlock(group="Written for this issue")


class SectionValue(blocks.StructValue):
    """A section with the title that readers see."""

    @property
    def heading(self) -> str:
        kind = self.get("kind")
        return self.get("title") or (Section(kind).label if kind in Section.values else "")

    @property
    def anchor(self) -> str:
        return anchor(self.heading)


class SectionBlock(blocks.StructBlock):
    """One section of an issue."""

    kind = blocks.ChoiceBlock(
        choices=Section.choices,
        default=Section.LATEST_NEWS,
        label="Section",
        help_text="Which of the newsletter's sections this is. Contact and subscriptions fill themselves.",
    )
    title = blocks.CharBlock(
        max_length=120, required=False, help_text="Another heading for this issue only. Empty: the usual one."
    )
    items = ItemsBlock(required=False, help_text="Pages of the site, and words written for this issue, in their order.")

    class Meta:
        icon = "list-ul"
        label = "Section"
        template = "news/blocks/section.html"
        description = "A section of the newsletter; drag to reorder, delete to leave it out"
        value_class = SectionValue
        preview_value = {"kind": "training", "items": [("text", "<p>Book early: places are limited.</p>")]}


class IssueBlock(blocks.StreamBlock):
    """The sections of an issue."""

    section = SectionBlock()


class CorrectionBlock(blocks.StructBlock):
    """A dated note on what was wrong in an issue that was sent."""

    date = blocks.DateBlock(help_text="The day of the correction.")
    text = blocks.RichTextBlock(features=["bold", "link"], help_text="What was wrong, and what is right.")

    class Meta:
        icon = "edit"
        template = "news/blocks/correction.html"
        description = "A dated note on top of the archive page; the issue itself stays as it was sent"
        preview_value = {"date": date(2025, 5, 1), "text": "<p>The event begins at 10am, not at 9am as we wrote.</p>"}
