"""Template filters and tags of the Typst face. In a ``.typ`` template every value goes through one of them."""

from django import template
from django.utils.safestring import SafeString
from wagtail.rich_text import RichText

from dscp_cms import typst_text
from dscp_cms.typst_text import Outline

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
