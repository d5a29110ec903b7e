"""Shows an editor the e-mail of an issue as its readers will see it."""

from urllib.parse import urlsplit

from csp.constants import HEADER
from django.conf import settings
from django.http import HttpResponse
from django.template.response import TemplateResponse

from dscp_cms.faces import absolute
from news import rendering

# The width in pixels that each way of reading gives the mail; None for plain text.
MODES = {"email": 700, "phone": 375, "text": None}


def show(issue, request, mode: str) -> HttpResponse:
    """The issue's mail in a frame that runs nothing, below its subject line as an inbox shows it."""
    mail = rendering.render_issue(issue)
    context = {
        "issue": issue,
        "mail": mail,
        "sender": settings.MAIL_FROM,
        "width": MODES[mode],
        "html": _for_nobody(mail.html).replace("<head>", '<head><base target="_blank">', 1),
        "text": _for_nobody(mail.text),
    }
    response = TemplateResponse(request, "news/admin/issue/mail_preview.html", context)
    response[HEADER] = _policy()
    return response


def _for_nobody(words: str) -> str:
    """The mail with the personal parts filled in for a reader without a name."""
    words = words.replace(rendering.SLOT_GREETING, "Hello,")
    words = words.replace(rendering.SLOT_UNSUBSCRIBE, absolute("/subscribe/manage/"))
    return words.replace(rendering.SLOT_MANAGE, absolute("/subscribe/manage/"))


def _policy() -> str:
    """A mail brings its own styles, which no page of the site may; it brings nothing else."""
    parts = urlsplit(settings.PUBLIC_URL)
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' {parts.scheme}://{parts.netloc}; "
        "frame-src 'self'; frame-ancestors 'self'; base-uri 'self'; form-action 'none'"
    )
