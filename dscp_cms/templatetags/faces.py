"""Template tags of the e-mail and plain text faces."""

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail.images.models import Filter
from wagtail.models import Page
from wagtail.rich_text import RichText

from dscp_cms import faces
from dscp_cms.visibility import open_pages

register = template.Library()

COLUMN = 552  # pixels that a mail's column leaves for a picture

register.filter("absolute", faces.absolute)
register.filter("email_html", faces.email_html)


def _shared(context) -> dict:
    return {name: context[name] for name in faces.SHARED if name in context}


@register.simple_tag(takes_context=True)
def block_face(context, block, face: str) -> SafeString:
    """The e-mail or text face of a block."""
    return faces.render_block(block, face, _shared(context))


@register.simple_tag(takes_context=True)
def page_face(context, page: Page | None, face: str, **words) -> SafeString:
    """The e-mail or text face of a page, with other words for this place: title, summary, meta, url."""
    if page is None:  # gone, but its words were kept
        return SafeString(render_to_string(f"components/{face}.html", {**_shared(context), **words}))
    return page.render_face(face, {**_shared(context), **words})


@register.simple_tag
def open_to_everybody(pages) -> list[Page]:
    """Of pages that somebody chose (or of one, or none), those that are live and restricted to nobody."""
    chosen = [pages] if isinstance(pages, Page) else pages or []
    return open_pages([page for page in chosen if page.live])


@register.simple_tag(takes_context=True)
def item_words(context) -> dict:
    """What a page's face says: the words for this place where there are some, else the page's own."""
    page = context.get("page")
    own = {
        "title": getattr(page, "title", ""),
        "summary": getattr(page, "summary", ""),
        "meta": getattr(page, "meta_line", ""),
        "url": (page.url or "") if page is not None and page.live else "",
    }
    return {name: own[name] if context.get(name) is None else context[name] for name in own}


@register.simple_tag(takes_context=True)
def plain(context, value) -> SafeString:
    """A rich text as plain text, its links among the footnotes."""
    return SafeString(faces.plain_text(value, context.get("notes")))


@register.simple_tag(takes_context=True)
def noted(context, words: str, address: str | None) -> SafeString:
    """Words of a link in plain text, with the number of its address."""
    return SafeString(faces.link_in_text(words, address, context.get("notes")))


@register.simple_tag
def underlined(words: str, mark: str = "-") -> SafeString:
    """A heading in plain text."""
    words = " ".join(str(words).split())
    return SafeString(f"{words}\n{mark * min(len(words), faces.TEXT_WIDTH)}")


@register.filter
def one_line(value) -> SafeString:
    """Words without line breaks, for a line of plain text."""
    return SafeString(" ".join(str(value or "").split()))


@register.simple_tag
def mail_picture(image) -> dict | None:
    """One rendition for a column of 536 pixels, twice as sharp, with the size it is shown at.

    None where there is no picture, nobody agreed to it, or its file is broken.
    """
    if image is None or not image.consent_stands:
        return None
    try:
        rendition = image.get_rendition(Filter(spec=f"width-{2 * COLUMN}|format-jpeg|bgcolor-fffdf9"))
    except Exception:  # a missing or broken file must not keep an issue from being drafted
        return None
    width = min(COLUMN, rendition.width)
    return {"url": rendition.url, "width": width, "height": round(rendition.height * width / rendition.width)}


@register.simple_tag
def cell_html(cell) -> SafeString:
    """A cell of a table in an e-mail."""
    if isinstance(cell.value, RichText):
        return faces.email_html(cell.value)
    return format_html("{}", "" if cell.value is None else cell.value)


@register.simple_tag(takes_context=True)
def cell_text(context, cell) -> SafeString:
    """A cell of a table in plain text."""
    if isinstance(cell.value, RichText):
        return SafeString(one_line(faces.plain_text(cell.value, context.get("notes"))))
    return one_line("" if cell.value is None else str(cell.value))


@register.simple_tag
def column_heading(columns, place: int) -> SafeString:
    """The heading that says what a cell is, or nothing."""
    heading = columns[place]["heading"]
    return SafeString(f"{heading}: " if heading else "")
