"""What Wagtail's screens for deleting and unpublishing say of where something is used."""

from django import template

from dscp_cms.usage import Used, where_used

register = template.Library()
# What the screens call the thing, alone or in a list of many.
NAMES = ("page", "object", "image", "document", "snippet")


@register.simple_tag(takes_context=True)
def where_it_is_used(context) -> Used | None:
    """Where the thing on the screen is used; None where the screen doesn't say what it is."""
    for name in NAMES:
        found = context.get(name)
        found = found.get("item") if isinstance(found, dict) else found
        if hasattr(found, "_meta") and getattr(found, "pk", None):
            return where_used(found, context["request"].user)
    return None
