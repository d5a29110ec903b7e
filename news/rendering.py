"""Prints an issue as the e-mail that is sent: HTML that old mail programs can show, and plain text."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

import mrml
from django.conf import settings
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat
from django.template.loader import render_to_string
from wagtail.models import Page, Site

from dscp_cms.faces import Footnotes, absolute, email_html, wrap
from dscp_cms.models import SiteSettings
from dscp_cms.rich_text import links_looked_up
from dscp_cms.visibility import restrictions_looked_up
from news.models import NewsletterIssuePage
from news.models.newsletter import load_item_pages

# What the sender fills in for each person. They stand in attributes and in words, and need no escaping.
SLOT_UNSUBSCRIBE = "DSCP-SLOT-UNSUBSCRIBE-URL"
SLOT_MANAGE = "DSCP-SLOT-MANAGE-URL"
SLOT_GREETING = "DSCP-SLOT-GREETING"

WORRIED = "/worried-about-a-child/"


@dataclass(frozen=True)
class RenderedIssue:
    """An issue as e-mail, the same for everybody but for the slots."""

    subject: str
    preview_text: str
    html: str
    text: str


def render_issue(issue: NewsletterIssuePage) -> RenderedIssue:
    """Print the issue as it stands in the object given: a revision's or the live page.

    Every address in it is absolute, under ``settings.PUBLIC_URL``. Nothing is written but renditions
    of its pictures.
    """
    with restrictions_looked_up(), links_looked_up(issue):
        load_item_pages(issue.sections)
        context = _context(issue)
        html, text = _html(context), _text(context)
    return RenderedIssue(subject=context["subject"], preview_text=context["preview_text"], html=html, text=text)


def archive_address(issue: NewsletterIssuePage) -> str:
    """Where the issue stands, or will stand, on the site."""
    if issue.url:
        return absolute(issue.url)
    return urljoin(f"{settings.PUBLIC_URL}/", f"newsletters/{issue.slug}/")


def _context(issue: NewsletterIssuePage) -> dict:
    worried = Page.objects.live().filter(url_path=Concat(OuterRef("root_page__url_path"), Value(WORRIED.lstrip("/"))))
    sites = Site.objects.select_related("root_page", "sitesettings").annotate(has_worried=Exists(worried))
    site = sites.get(is_default_site=True)
    conf = getattr(site, "sitesettings", None) or SiteSettings.for_site(site)
    return {
        "issue": issue,
        "kind": issue.get_kind_display().lower(),
        "subject": " ".join((issue.subject or issue.title).split()),
        "preview_text": " ".join(issue.preview_text.split()),
        "address": archive_address(issue),
        "contents": _contents(issue),
        "conf": conf,
        "one_line_address": ", ".join(line.strip(" ,") for line in conf.address.splitlines() if line.strip(" ,")),
        "worried": WORRIED if site.has_worried else "",
        "slot_unsubscribe": SLOT_UNSUBSCRIBE,
        "slot_manage": SLOT_MANAGE,
        "slot_greeting": SLOT_GREETING,
    }


def _contents(issue: NewsletterIssuePage) -> list[str]:
    """The headings of a long issue; a short one needs no contents."""
    headings = [
        block.value.heading for block in issue.sections if block.value["kind"] not in {"contact", "subscriptions"}
    ]
    return headings if len(headings) > 2 else []


def _html(context: dict) -> str:
    introduction = email_html(context["issue"].introduction)
    mjml = render_to_string("news/email/issue.html", {**context, "introduction": introduction})
    return _with_main_part(mrml.to_html(mjml).content)


def _with_main_part(html: str) -> str:
    """Put the article that mrml makes of a mail into a main landmark: screen readers jump to it."""
    html = re.sub(r'(<div [^>]*role="article")', r'<div role="main">\1', html, count=1)
    return "</div></div></body>".join(html.rsplit("</div></body>", 1))


def _text(context: dict) -> str:
    notes = Footnotes()
    # The list of links comes last in the template, when all of them are known.
    return wrap(render_to_string("news/email/issue.txt", {**context, "notes": notes}))
