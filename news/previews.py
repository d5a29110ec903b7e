"""Shows an editor the e-mail of an issue as its readers will see it."""

import re
import secrets
from html import unescape
from urllib.parse import urlsplit

from csp.constants import HEADER
from django.conf import settings
from django.http import HttpResponse
from django.template.response import TemplateResponse

from dscp_cms.faces import absolute
from news import rendering

# The width in pixels that each way of reading gives the mail; None for plain text.
MODES = {"email": 700, "phone": 375, "text": None}
TAG = re.compile(r"<[a-z][^<>]*>")  # as mrml writes them: small letters, and no such sign inside an attribute
STYLE = re.compile(r'\sstyle="([^"]*)"')


def show(issue, request, mode: str) -> HttpResponse:
    """The issue's mail in a frame that runs nothing, below its subject line as an inbox shows it."""
    mail = rendering.render_issue(issue)
    nonce = secrets.token_urlsafe(16)
    context = {
        "issue": issue,
        "mail": mail,
        "sender": settings.MAIL_FROM,
        "width": MODES[mode],
        "html": styled_by_nonce(_for_nobody(mail.html), nonce).replace("<head>", '<head><base target="_blank">', 1),
        "text": _for_nobody(mail.text),
    }
    response = TemplateResponse(request, "news/admin/issue/mail_preview.html", context)
    response[HEADER] = _policy(nonce)
    return response


def _for_nobody(words: str) -> str:
    """The mail with the personal parts filled in for a reader without a name."""
    words = words.replace(rendering.SLOT_GREETING, "Hello,")
    words = words.replace(rendering.SLOT_UNSUBSCRIBE, absolute("/subscribe/manage/"))
    return words.replace(rendering.SLOT_MANAGE, absolute("/subscribe/manage/"))


def styled_by_nonce(html: str, nonce: str) -> str:
    """A mail that looks the same, with its styles in elements that have the nonce, and in no attribute.

    A mail program wants attributes; a policy without ``unsafe-inline`` forbids them. The rules made of them stand
    last and weigh more than any other, as attributes do.
    """
    styles: dict[str, int] = {}

    def apart(tag: re.Match) -> str:
        style = STYLE.search(tag[0])
        if not style:
            return tag[0]
        mark = f' data-style="{styles.setdefault(unescape(style[1]), len(styles))}"'
        return f"{tag[0][: style.start()]}{mark}{tag[0][style.end() :]}"

    html = TAG.sub(apart, html).replace("<style", f'<style nonce="{nonce}"')
    rules = "".join(f'[data-style="{number}"]' * 9 + f"{{{style}}}" for style, number in styles.items())
    return html.replace("</head>", f'<style nonce="{nonce}">{rules}</style></head>', 1)


def _policy(nonce: str) -> str:
    """A mail brings its own styles, and pictures by their whole address; it brings nothing else."""
    parts = urlsplit(settings.PUBLIC_URL)
    return (
        f"default-src 'none'; style-src 'self' 'nonce-{nonce}'; img-src 'self' {parts.scheme}://{parts.netloc}; "
        "frame-src 'self'; frame-ancestors 'self'; base-uri 'self'; form-action 'none'"
    )
