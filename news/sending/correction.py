"""The short e-mail that corrects an issue, to those who were sent it."""

import mrml
from django.template.loader import render_to_string
from wagtail.models import Site

from dscp_cms.faces import wrap
from dscp_cms.models import SiteSettings
from news.models import Campaign
from news.rendering import SLOT_GREETING, SLOT_MANAGE, SLOT_UNSUBSCRIBE, RenderedIssue, archive_address


def render(campaign: Campaign, subject: str, words: str) -> RenderedIssue:
    """Print the correction; ``words`` are plain, an empty line begins a paragraph."""
    conf = SiteSettings.for_site(Site.objects.get(is_default_site=True))
    context = {
        "subject": " ".join(subject.split())[:150],
        "paragraphs": [" ".join(part.split()) for part in words.replace("\r\n", "\n").split("\n\n") if part.strip()],
        "issue": campaign.issue,
        "address": archive_address(campaign.issue),
        "conf": conf,
        "one_line_address": ", ".join(line.strip(" ,") for line in conf.address.splitlines() if line.strip(" ,")),
        "slot_unsubscribe": SLOT_UNSUBSCRIBE,
        "slot_manage": SLOT_MANAGE,
        "slot_greeting": SLOT_GREETING,
    }
    html = mrml.to_html(render_to_string("news/email/sent_correction.html", context)).content
    text = wrap(render_to_string("news/email/sent_correction.txt", context))
    return RenderedIssue(subject=context["subject"], preview_text="", html=html, text=text)
