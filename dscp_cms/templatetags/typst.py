"""Template filters and tags of the Typst face. In a ``.typ`` template every value goes through one of them."""

from django import template
from django.utils.safestring import SafeString
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.rich_text import RichText

from dscp_cms import faces, typst_text
from dscp_cms.typst_text import Outline
from dscp_cms.visibility import open_pages

register = template.Library()

register.filter("typst", typst_text.words)  # words in markup, on one line
register.filter("typst_lines", typst_text.lines)  # words in markup, line breaks kept
register.filter("typst_string", typst_text.literal)  # an argument: title: {{ page.title|typst_string }}


def _outline(context) -> Outline:
    return context.get("outline") or Outline()


@register.simple_tag(takes_context=True)
def typst_rich(context, value) -> SafeString:
    """A rich text."""
    return typst_text.rich(value, _outline(context))


@register.simple_tag
def typst_link(words: str, address: str | None) -> SafeString:
    """A link, or its words alone where the address leads nowhere."""
    return typst_text.link(words, address)


@register.simple_tag(takes_context=True)
def typst_heading(context, words: str, depth: int | str = 1) -> SafeString:
    """A heading so many levels below the one that everything here stands under ("h2" and "h3" count from the title)."""
    depth = int(depth[1:]) - 1 if isinstance(depth, str) else depth
    return _outline(context).heading(typst_text.words(words), depth)


@register.simple_tag(takes_context=True)
def typst_picture(context, image) -> SafeString:
    """The name of a picture's file as a string, to be tested and handed to ``picture``; empty if it isn't shown."""
    pictures = context.get("pictures")
    name = pictures.add(image) if pictures is not None else ""
    return typst_text.literal(name) if name else SafeString("")


@register.simple_tag(takes_context=True)
def typst_cell(context, cell) -> SafeString:
    """A cell of a table."""
    if isinstance(cell.value, RichText):
        return typst_text.rich(cell.value, _outline(context))
    return typst_text.words(cell.value)


@register.simple_tag(takes_context=True)
def typst_item(context, page: Page | None, **given) -> SafeString:
    """A page as an item of a list, with other words for this place: title, summary, meta, url."""
    own = {
        "title": getattr(page, "title", ""),
        "summary": getattr(page, "summary", ""),
        "meta": getattr(page, "meta_line", ""),
        "url": (page.url or "") if page is not None and page.live else "",
    }
    said = {name: own[name] if given.get(name) is None else given[name] for name in own}
    parts = [f"title: [{typst_text.link(said['title'], said['url'])}]"]
    parts += [f"{name}: [{typst_text.lines(said[name])}]" for name in ("meta", "summary") if said[name]]
    return SafeString(f"#item({', '.join(parts)})\n")


@register.simple_tag(takes_context=True)
def typst_open(context, pages) -> list[Page]:
    """Of live pages that somebody chose (or of one, or none), those that every reader of this PDF may open."""
    chosen = [page for page in ([pages] if isinstance(pages, Page) else pages or []) if page.live]
    host = context.get("printed_page")
    passed = {restriction.pk for restriction in host.get_view_restrictions()} if host is not None and host.pk else set()
    open_to_all = {page.pk for page in open_pages(chosen)}
    return [
        page
        for page in chosen
        if page.pk in open_to_all or passed and {each.pk for each in page.specific.get_view_restrictions()} <= passed
    ]


@register.simple_tag(takes_context=True)
def typst_stream(context, stream) -> SafeString:
    """A StreamField, block by block."""
    shared = {name: context[name] for name in faces.SHARED if name in context}
    return SafeString("\n\n".join(faces.render_block(block, "typst", shared) for block in stream))


@register.simple_tag(takes_context=True)
def typst_words(context, page: Page) -> SafeString:
    """Whatever an editor wrote on a page, for types without a face of their own: each field, headed by its name."""
    parts, outline = [], _outline(context)
    for field in page._meta.get_fields():
        if not isinstance(field, StreamField | RichTextField) or field.name in page.unprinted_fields:
            continue
        value = field.value_from_object(page)
        if not value:
            continue
        before = outline.base
        if field.name != "body":
            name = str(field.verbose_name)
            parts.append(outline.heading(typst_text.words(name[:1].upper() + name[1:])))
            outline.base = outline.last
        stream = isinstance(field, StreamField)
        parts.append(typst_stream(context, value) if stream else typst_text.rich(value, outline))
        outline.base = before
    return SafeString("\n\n".join(parts))


class DeeperNode(template.Node):
    """Prints its content one level of headings further down."""

    def __init__(self, nodes):
        self.nodes = nodes

    def render(self, context):
        outline = _outline(context)
        before = outline.base
        outline.base = max(before, outline.last)
        try:
            return self.nodes.render(context)
        finally:
            outline.base = before


@register.tag
def typst_under(parser, token) -> DeeperNode:
    """``{% typst_under %}…{% end_typst_under %}``: headings inside stand under the heading just printed."""
    nodes = parser.parse(("end_typst_under",))
    parser.delete_first_token()
    return DeeperNode(nodes)
