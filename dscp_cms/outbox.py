"""While no mail server is set, messages are files in DATA_DIR/outbox, and /outbox/ shows them."""

import email
import email.policy
import re
import time
import uuid
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin

SHOWN = 200  # messages on the list


def write(content: bytes) -> None:
    """Put a message, as bytes with CRLF lines, into the outbox: whole or not at all."""
    folder = Path(settings.OUTBOX_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{time.time_ns()}-{uuid.uuid4().hex[:8]}"
    part = folder / f"{name}.part"
    part.write_bytes(content)
    part.rename(folder / f"{name}.eml")


class OutboxBackend(BaseEmailBackend):
    """Writes each message to a file of its own."""

    def send_messages(self, email_messages):
        for message in email_messages:
            write(re.sub(rb"\r?\n", b"\r\n", message.message().as_bytes()))
        return len(email_messages)


def _folder() -> Path:
    if settings.OUTBOX_DIR is None or settings.HTTPS:
        raise Http404("There is no outbox where mail is really sent.")
    return Path(settings.OUTBOX_DIR)


def _read(name: str):
    path = _folder() / f"{name}.eml"
    if not re.fullmatch(r"[\w-]+", name) or not path.is_file():
        raise Http404("No such message.")
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def outbox(request):
    """The newest messages."""
    names = sorted((path.stem for path in _folder().glob("*.eml")), reverse=True)[:SHOWN]
    messages = [{"name": name, "message": _read(name)} for name in names]
    return render(request, "outbox/list.html", {"outbox": messages})


def message(request, name: str):
    """One message as HTML, text and headers."""
    read = _read(name)
    text = read.get_body(("plain",))
    context = {
        "name": name,
        "message": read,
        "text": text.get_content() if text else "",
        "has_html": read.get_body(("html",)) is not None,
        "headers": list(read.items()),
        "files": [part.get_filename() for part in read.iter_attachments()],
    }
    return render(request, "outbox/message.html", context)


@xframe_options_sameorigin
def message_html(request, name: str):
    """The HTML part as a mail client would show it: its own styles, no script."""
    html = _read(name).get_body(("html",))
    if html is None:
        raise Http404("The message has no HTML.")
    content = html.get_content()
    # Its links open in the whole window, not in the frame where it is shown.
    content, found = re.subn(r"<head\b[^>]*>", r'\g<0><base target="_top">', content, count=1, flags=re.IGNORECASE)
    content = content if found else f'<base target="_top">{content}'
    response = HttpResponse(content)
    response._csp_replace = {
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'self'"],
        "sandbox": ["allow-top-navigation-by-user-activation", "allow-popups"],
    }
    return response
