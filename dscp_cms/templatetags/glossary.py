"""Text in which the Glossary explains abbreviations."""

from django import template
from django.utils.safestring import SafeString, mark_safe
from wagtail.templatetags.wagtailcore_tags import richtext

from dscp_cms import frame
from dscp_cms.glossary import abbreviations, explain

register = template.Library()


@register.simple_tag(takes_context=True)
def explained(context, value) -> SafeString:
    """A rich text, each abbreviation explained where the page first uses it."""
    html = richtext(value)
    request = context.get("request")
    if request is None:
        seen, terms = set(), abbreviations()
    else:
        seen = request.__dict__.setdefault("abbreviations_explained", set())
        terms = frame.remembered(request, "abbreviations", abbreviations)
    return mark_safe(explain(str(html), terms, seen))  # noqa: S308 - made of rich text, and escaped
