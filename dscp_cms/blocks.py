"""The blocks that editors write with. Each says what it is for and previews itself."""

import re
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.images.blocks import ImageChooserBlock

from dscp_cms.block_references import PageBlock
from dscp_cms.models import uk_telephone
from dscp_cms.tree import specific_pages

TEXT_FEATURES = ["bold", "italic", "ol", "ul", "link"]


class HeadingValue(blocks.StructValue):
    """A heading and the fragment that leads to it."""

    @property
    def anchor(self) -> str:
        return anchor(self.get("text") or "")


class HeadingBlock(blocks.StructBlock):
    """A heading inside a page; the in-page contents are made from these."""

    text = blocks.CharBlock(max_length=120, help_text="Say what the next part is about.")
    level = blocks.ChoiceBlock(
        choices=[("h2", "Heading"), ("h3", "Smaller heading, under the one before")],
        default="h2",
        help_text="Start with a heading; use smaller ones only below it.",
    )

    class Meta:
        icon = "title"
        template = "blocks/heading.html"
        description = "A heading that starts a new part of the page"
        value_class = HeadingValue
        preview_value = {"text": "What we want to change", "level": "h2"}


def anchor(text: str) -> str:
    """The fragment that links lead to, made from a heading's words."""
    return slugify(text)[:60] or "part"


class ImageBlock(blocks.StructBlock):
    """A picture with a caption; its alternative text stands with the picture."""

    image = ImageChooserBlock(help_text="Its description for people who can't see it stands with the picture itself.")
    caption = blocks.CharBlock(max_length=250, required=False, help_text="Shown under the picture.")

    class Meta:
        icon = "image"
        template = "blocks/image.html"
        label = "Picture"
        description = "A picture with a caption"
        preview_template = "blocks/image_preview.html"


class CalloutBlock(blocks.StructBlock):
    """A short passage set apart from the text."""

    kind = blocks.ChoiceBlock(
        choices=[("information", "Good to know"), ("important", "Important"), ("action", "What to do")],
        default="information",
        help_text="What kind of thing it is; this sets its colour and icon.",
    )
    title = blocks.CharBlock(max_length=120, required=False, help_text="A few words, or leave empty.")
    text = blocks.RichTextBlock(features=TEXT_FEATURES, help_text="Two or three sentences at most.")

    class Meta:
        icon = "warning"
        template = "blocks/callout.html"
        label = "Call-out"
        description = "A short message that stands out from the text"
        preview_value = {
            "kind": "important",
            "title": "Before you book",
            "text": "<p>Read the charging policy, and agree the date with your manager.</p>",
        }


class QuotationBlock(blocks.StructBlock):
    """Somebody's own words, with whose they are."""

    text = blocks.TextBlock(help_text="The exact words, without quotation marks.")
    attribution = blocks.CharBlock(max_length=160, help_text="Who said or wrote it, and where.")

    class Meta:
        icon = "openquote"
        template = "blocks/quotation.html"
        description = "Somebody's exact words, and who said them"
        preview_value = {"text": "The words of the person quoted stand here.", "attribution": "Name, role, source"}


class KeyFactBlock(blocks.StructBlock):
    """A figure and what it counts."""

    figure = blocks.CharBlock(max_length=20, help_text="The number, such as 53 or 1 in 4.")
    label = blocks.CharBlock(max_length=120, help_text="What it counts.")

    class Meta:
        icon = "order"


class KeyFactsBlock(blocks.StructBlock):
    """A few figures side by side."""

    title = blocks.CharBlock(max_length=120, required=False, help_text="A heading for the figures, or leave empty.")
    facts = blocks.ListBlock(KeyFactBlock(), min_num=1, max_num=6, help_text="Two to four work best.")

    class Meta:
        icon = "order"
        template = "blocks/key_facts.html"
        description = "A few important figures, each with what it counts"
        preview_value = {
            "title": "The programme in figures",
            "facts": [{"figure": "12", "label": "courses to book"}, {"figure": "46", "label": "eLearning sessions"}],
        }


class LinkValue(blocks.StructValue):
    """A link with its words and address, wherever it leads."""

    @property
    def words(self) -> str:
        page = self.get("page")
        return self.get("title") or self.get("text") or (page.title if page else "")

    @property
    def href(self) -> str:
        page = self.get("page")
        if page:
            return (page.url or "") if page.live else ""
        return self.get("url") or ""

    @property
    def is_external(self) -> bool:
        return not self.get("page")


class LinkBlock(blocks.StructBlock):
    """A link to a page of this site or to another site."""

    title = blocks.CharBlock(
        max_length=160, required=False, help_text="Say where it leads. Empty: the page's own title is used."
    )
    page = PageBlock(required=False, help_text="A page of this site, or fill in the address below.")
    url = blocks.URLBlock(required=False, label="Address", help_text="For another site: the full https:// address.")
    description = blocks.CharBlock(max_length=250, required=False, help_text="What readers will find there.")

    class Meta:
        icon = "link"
        value_class = LinkValue

    def clean(self, value):
        """One target, and words for it."""
        value = super().clean(value)
        if bool(value["page"]) == bool(value["url"]):
            error = ValidationError("Choose a page, or fill in an address: one of the two.")
            raise StructBlockValidationError(block_errors={"page": error})
        if value["url"] and not value["title"]:
            raise StructBlockValidationError(
                block_errors={"title": ValidationError("Write a title for the link, since it leads to another site.")}
            )
        return value


class LinkListBlock(blocks.StructBlock):
    """A list of links with a line on each."""

    title = blocks.CharBlock(max_length=120, required=False, help_text="A heading for the list, or leave empty.")
    links = blocks.ListBlock(LinkBlock(), min_num=1, help_text="In the order that readers see them.")

    class Meta:
        icon = "list-ul"
        template = "blocks/link_list.html"
        description = "Links to pages or other sites, each with a line on what it is"
        preview_value = {
            "title": "Read more",
            "links": [
                {"title": "The full report", "url": "https://example.org/report", "description": "PDF, 40 pages"}
            ],
        }


class AccordionSectionBlock(blocks.StructBlock):
    """One question and its answer."""

    title = blocks.CharBlock(max_length=160, help_text="The question, or what this part is about.")
    text = blocks.RichTextBlock(features=TEXT_FEATURES, help_text="What opens under it.")

    class Meta:
        icon = "help"


class AccordionBlock(blocks.StructBlock):
    """Sections that open one by one."""

    sections = blocks.ListBlock(
        AccordionSectionBlock(), min_num=1, help_text="One for each question, in the order that readers ask them."
    )

    class Meta:
        icon = "collapse-down"
        template = "blocks/accordion.html"
        description = "Questions whose answers open when pressed; not for what everyone must read"
        preview_value = {
            "sections": [
                {"title": "Who can come?", "text": "<p>Anyone who works with children in County Durham.</p>"},
                {"title": "What does it cost?", "text": "<p>See the charging policy.</p>"},
            ]
        }


class TableBlock(TypedTableBlock):
    """A table whose columns hold text or numbers, with header cells."""

    text = blocks.CharBlock(required=False, label="Text")
    rich_text = blocks.RichTextBlock(features=["bold", "italic", "link"], required=False, label="Text with links")
    number = blocks.DecimalBlock(required=False, label="Number")

    class Meta:
        icon = "table"
        template = "blocks/typed_table.html"
        label = "Table"
        description = "Facts in rows and columns; not for layout. The first column heads each row"

    def get_preview_value(self):
        """A small table; Wagtail makes none from a plain value."""
        return self.to_python(
            {
                "columns": [{"type": "text", "heading": "Course"}, {"type": "number", "heading": "Places"}],
                "rows": [{"values": ["Morning", "20"]}, {"values": ["Afternoon", "16"]}],
                "caption": "Places on the two courses",
            }
        )


class ResourceLinkBlock(blocks.StructBlock):
    """A resource, shown with its type, size and number of pages. The link always leads to the current version."""

    page = PageBlock(page_type="resources.ResourcePage", label="Resource", help_text="The resource to offer.")

    class Meta:
        icon = "doc-full"
        template = "blocks/resource_link.html"
        preview_template = "blocks/resource_link_preview.html"
        label = "Resource"
        description = "A link to a resource of ours, with its type, size and pages"


VIDEO_HOSTS = {"youtube": ("youtube.com", "youtu.be", "youtube-nocookie.com"), "vimeo": ("vimeo.com",)}


def video_player(url: str) -> tuple[str, str] | None:
    """Return (provider, address of its player) for a YouTube or Vimeo address, else None."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if any(host == name or host.endswith(f".{name}") for name in VIDEO_HOSTS["youtube"]):
        candidates = [*parse_qs(parts.query).get("v", []), parts.path.rstrip("/").rsplit("/", 1)[-1]]
        for candidate in candidates:
            if re.fullmatch(r"[\w-]{11}", candidate):
                return "YouTube", f"https://www.youtube-nocookie.com/embed/{candidate}"
    if any(host == name or host.endswith(f".{name}") for name in VIDEO_HOSTS["vimeo"]):
        number = parts.path.rstrip("/").rsplit("/", 1)[-1]
        if number.isdigit():
            return "Vimeo", f"https://player.vimeo.com/video/{number}"
    return None


class VideoValue(blocks.StructValue):
    """A film with its player."""

    @property
    def provider(self) -> str:
        return self._player[0]

    @property
    def embed_url(self) -> str:
        return self._player[1]

    @property
    def _player(self) -> tuple[str, str]:
        return video_player(self.get("url") or "") or ("", "")


class VideoBlock(blocks.StructBlock):
    """A film on YouTube or Vimeo. Nothing is fetched from there until the reader presses play."""

    title = blocks.CharBlock(max_length=160, help_text="What the film shows.")
    url = blocks.URLBlock(label="Address", help_text="The film's address on YouTube or Vimeo.")
    length = blocks.CharBlock(max_length=40, required=False, help_text="Such as “4 minutes”.")
    transcript = blocks.RichTextBlock(
        features=TEXT_FEATURES, required=False, help_text="What is said, for people who can't hear or see the film."
    )

    class Meta:
        icon = "media"
        template = "blocks/video.html"
        value_class = VideoValue
        description = "A film on YouTube or Vimeo that loads nothing until it is pressed"
        preview_value = {
            "title": "A film about the partnership",
            "url": "https://vimeo.com/76979871",
            "length": "4 minutes",
        }

    def clean(self, value):
        """Only addresses whose player we know."""
        value = super().clean(value)
        if video_player(value["url"]) is None:
            raise StructBlockValidationError(
                block_errors={"url": ValidationError("Enter the address of one film on YouTube or Vimeo.")}
            )
        return value


class ContactCardBlock(blocks.StructBlock):
    """Whom to ask, and how."""

    name = blocks.CharBlock(max_length=120, help_text="A person or a team.")
    role = blocks.CharBlock(max_length=160, required=False, help_text="What to ask them about.")
    email = blocks.EmailBlock(required=False, help_text="Their work address.")
    telephone = blocks.CharBlock(
        max_length=20, required=False, validators=[uk_telephone], help_text="A UK number, such as 0808 800 5000."
    )
    hours = blocks.CharBlock(max_length=120, required=False, help_text="When they can be reached.")

    class Meta:
        icon = "user"
        template = "blocks/contact_card.html"
        description = "A person or team with e-mail and telephone"
        preview_value = {"name": "The training team", "role": "Bookings and certificates", "email": "team@example.org"}


class PageCardsValue(blocks.StructValue):
    """The chosen pages that readers can open."""

    @property
    def live_pages(self) -> list:
        chosen = [page for page in self.get("pages") or [] if page and page.live]
        found = specific_pages(chosen)
        return [found[page.pk] for page in chosen if page.pk in found]


class PageCardsBlock(blocks.StructBlock):
    """Pages of this site as cards."""

    title = blocks.CharBlock(max_length=120, required=False, help_text="A heading for the cards, or leave empty.")
    pages = blocks.ListBlock(
        PageBlock(help_text="A page of this site."),
        min_num=1,
        max_num=12,
        help_text="In the order shown.",
    )

    class Meta:
        icon = "doc-empty"
        template = "blocks/page_cards.html"
        preview_template = "blocks/page_cards_preview.html"
        label = "Pages"
        description = "Pages of this site as cards with their title and summary"
        value_class = PageCardsValue


class ButtonBlock(blocks.StructBlock):
    """The one thing to do next."""

    text = blocks.CharBlock(max_length=60, help_text="What pressing it does, such as “Read the plan”.")
    page = PageBlock(required=False, help_text="A page of this site, or fill in the address below.")
    url = blocks.URLBlock(required=False, label="Address", help_text="For another site: the full https:// address.")
    style = blocks.ChoiceBlock(
        choices=[("primary", "Main"), ("secondary", "Second")],
        default="primary",
        help_text="At most one main button on a page.",
    )

    class Meta:
        icon = "link"
        template = "blocks/button.html"
        value_class = LinkValue
        description = "A button that leads to a page or another site"
        preview_value = {"text": "Read the plan", "url": "https://example.org/", "style": "primary"}

    def clean(self, value):
        """One target."""
        value = super().clean(value)
        if bool(value["page"]) == bool(value["url"]):
            error = ValidationError("Choose a page, or fill in an address: one of the two.")
            raise StructBlockValidationError(block_errors={"page": error})
        return value


class UnconvertedValue(blocks.StructValue):
    """A part of an old page and the words in it."""

    @property
    def words(self) -> str:
        soup = BeautifulSoup(self.get("source") or "", "html.parser")
        for node in soup.find_all(["script", "style", "template"]):
            node.decompose()
        return soup.get_text(" ").strip()


class UnconvertedBlock(blocks.StructBlock):
    """A part of an imported page that no block fits. A page isn't published while it has one."""

    what = blocks.CharBlock(
        max_length=120, required=False, label="What it was", help_text="Written by the import, for whoever replaces it."
    )
    source = blocks.TextBlock(
        label="As it stood on the old site", help_text="Write it anew with other blocks, then delete this one."
    )

    class Meta:
        icon = "warning"
        template = "blocks/unconverted.html"
        label = "Not converted: to be replaced"
        value_class = UnconvertedValue
        description = "Left by an import where no block fits. Replace it, then delete it"
        preview_value = {"what": "A form", "source": "<p>What stood on the old page.</p>"}


class StoryBlock(blocks.StreamBlock):
    """What the body of nearly every page is written with."""

    heading = HeadingBlock(group="Text")
    text = blocks.RichTextBlock(
        features=TEXT_FEATURES,
        icon="pilcrow",
        group="Text",
        template="blocks/rich_text.html",
        description="Paragraphs, lists and links",
        preview_value="<p>Safeguarding is everyone's job. <b>Say</b> what you have seen.</p><ul><li>A list</li></ul>",
    )
    callout = CalloutBlock(group="Text")
    quotation = QuotationBlock(group="Text")
    accordion = AccordionBlock(group="Text")
    image = ImageBlock(group="Pictures and film")
    video = VideoBlock(group="Pictures and film")
    key_facts = KeyFactsBlock(group="Facts")
    table = TableBlock(group="Facts")
    contact_card = ContactCardBlock(group="Facts")
    link_list = LinkListBlock(group="Links")
    resource = ResourceLinkBlock(group="Links")
    pages = PageCardsBlock(group="Links")
    button = ButtonBlock(group="Links")
    unconverted = UnconvertedBlock(group="From the old site")

    class Meta:
        template = "blocks/story.html"


def headings(story) -> list[dict]:
    """The main headings of a story, as {id, title}, for the in-page contents."""
    return [
        {"id": anchor(block.value["text"]), "title": block.value["text"]}
        for block in story
        if block.block_type == "heading" and block.value.get("level") == "h2" and block.value.get("text")
    ]
