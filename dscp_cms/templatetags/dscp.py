"""Template tags that every page uses: menu, breadcrumbs, faces, pictures, icons, dates."""

import json
import re
from datetime import date, datetime, time
from functools import cache

from django import template
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Page, Site

from dscp_cms import frame
from dscp_cms.models import SiteAlert
from dscp_cms.renditions import FORMATS, WIDTHS
from dscp_cms.renditions import of as renditions_of
from dscp_cms.visibility import open_pages

register = template.Library()


class Link:
    """A title and where it leads; ``current`` where the reader is."""

    def __init__(self, title: str, url: str, current: bool = False):
        self.title, self.url, self.current = title, url, current


@register.simple_tag(takes_context=True)
def site_menu(context) -> list[Link]:
    """The sections of the site, from the page tree."""
    request = context.get("request")
    site = Site.find_for_request(request)
    if site is None:
        return []
    path = getattr(request, "path", "")
    return [Link(title, url, path.startswith(url)) for title, url in frame.menu(request, site)]


@register.simple_tag(takes_context=True)
def breadcrumbs(context) -> list[Link]:
    """From the home page to the parent of the page shown, or to the page itself below it; empty at the top."""
    page, request = context.get("page"), context.get("request")
    if not isinstance(page, Page) or page.depth is None or page.depth <= 2:
        return []
    if not hasattr(page, "pages_above"):  # the front page's route leaves them there
        page.pages_above = list(page.get_ancestors().filter(depth__gte=2))
    steps = [*page.pages_above, page] if context.get("below_page") else page.pages_above
    return [Link(p.title if p.depth > 2 else "Home", p.get_url(request) or "/") for p in steps]


@register.simple_tag(takes_context=True)
def site_alerts(context) -> list[SiteAlert]:
    """The alert banners to show now."""
    return frame.alerts(context["request"]) if "request" in context else []


@register.simple_tag(takes_context=True)
def face(context, page, name: str) -> SafeString:
    """One face of a page. The page is never looked up again by the template that prints it."""
    if page is None:
        return SafeString("")
    keep = {key: context[key] for key in ("request", "settings", "heading_level") if key in context}
    return page.render_face(name, keep)


@register.simple_tag(takes_context=True)
def open_to_reader(context, pages) -> list[Page]:
    """Of pages that somebody chose (or of one, or none), those that this reader may open."""
    return open_pages([pages] if isinstance(pages, Page) else pages or [], context.get("request"))


@cache
def _icon(name: str) -> str:
    if not re.fullmatch(r"[a-z-]+", name):
        raise ValueError(f"no icon is called {name!r}")
    return get_template(f"components/icons/{name}.svg").render().strip()


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """An inline SVG icon; it says nothing to screen readers, so words stand beside it."""
    svg = _icon(name)
    if 'class="' in svg.split(">")[0]:
        return mark_safe(svg)  # noqa: S308 - the project's own file
    return mark_safe(svg.replace("<svg", f'<svg class="icon {classes}"', 1))  # noqa: S308 - the same


@register.inclusion_tag("components/picture.html")
def picture(image, sizes: str = "100vw", eager: bool = False, classes: str = "") -> dict:
    """A responsive picture in AVIF, WebP and JPEG; nothing where consent doesn't stand."""
    if image is None or not image.consent_stands:
        return {}
    try:
        renditions = renditions_of(image)
    except Exception:  # a missing or broken file must not take the page down
        return {}
    by_format = {kind: [renditions[f"width-{width}|format-{kind}"] for width in WIDTHS] for kind in FORMATS}
    return {
        "sources": [(kind, _srcset(by_format[kind])) for kind in FORMATS[:-1]],
        "srcset": _srcset(by_format["jpeg"]),
        "fallback": by_format["jpeg"][1],
        "alt": image.default_alt_text,
        "sizes": sizes,
        "eager": eager,
        "classes": classes,
    }


def _srcset(renditions) -> str:
    """Each width once: a small original isn't blown up."""
    return ", ".join(f"{rendition.url} {width}w" for width, rendition in {r.width: r for r in renditions}.items())


@register.simple_tag(takes_context=True)
def structured_data(context) -> SafeString:
    """What schema.org knows of the page, as a JSON-LD element."""
    page, request = context.get("page"), context.get("request")
    facts = [_organisation(context)]
    trail = breadcrumbs(context)
    if trail and request:
        entries = [*trail, Link(page.title, request.path)]
        facts.append(
            {
                "@type": "BreadcrumbList",
                "itemListElement": [
                    {
                        "@type": "ListItem",
                        "position": place,
                        "name": link.title,
                        "item": request.build_absolute_uri(link.url),
                    }
                    for place, link in enumerate(entries, start=1)
                ],
            }
        )
    own = page.structured_data(request) if hasattr(page, "structured_data") else None
    if own:
        facts.append(own)
    text = json.dumps({"@context": "https://schema.org", "@graph": [fact for fact in facts if fact]})
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - escaped just above


def _organisation(context) -> dict | None:
    if "settings" not in context or "request" not in context:
        return None
    site = context["settings"]["dscp_cms"]["SiteSettings"]
    return {
        "@type": "Organization",
        "name": site.partnership_name,
        "alternateName": site.short_name,
        "url": context["request"].build_absolute_uri("/"),
    }


@register.simple_tag(takes_context=True)
def has_session(context) -> bool:
    """Whether the reader brought a session cookie; told without opening the session, which would add Vary: Cookie."""
    request = context.get("request")
    return request is not None and settings.SESSION_COOKIE_NAME in request.COOKIES


@register.filter
def uk_date(value) -> str:
    """15 May 2025."""
    if not value:
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return f"{value.day} {value:%B %Y}"


@register.filter
def uk_time(value: datetime | time | None) -> str:
    """9:30am."""
    if not value:
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return f"{value.hour % 12 or 12}:{value:%M}{'am' if value.hour < 12 else 'pm'}"


@register.filter
def uk_datetime(value: datetime | None) -> str:
    """15 May 2025 at 9:30am."""
    return f"{uk_date(value)} at {uk_time(value)}" if value else ""


@register.filter
def iso(value: date | datetime | None) -> str:
    """For the datetime attribute of a time element."""
    return value.isoformat() if value else ""


@register.filter
def tel(value: str) -> str:
    """The target of a telephone link: digits, in international form where it is a long number."""
    digits = re.sub(r"[^\d+]", "", value or "")
    if digits.startswith("0") and len(digits) >= 10:
        return f"tel:+44{digits[1:]}"
    return f"tel:{digits}"


@register.filter
def filesize_uk(value: int | None) -> str:
    """1.2 MB, with an ordinary space that doesn't break."""
    return filesizeformat(value) if value else ""


@register.filter
def get_item(mapping, key):
    """A value by its key."""
    return mapping.get(key) if mapping else None
