"""A campaign's message, built once; each person's parts are filled into the bytes.

Building MIME with the email package takes ten times as long as handing a message over. So the two
bodies are encoded once, with a *slot* wherever the sender fills something in. In quoted-printable each
slot stands between two soft line breaks (``=`` at a line's end), so that nothing before or after it
depends on its length. No line begins with a dot: SMTP would want it doubled.
"""

import email.policy
import re
import secrets
import time
import uuid
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.quoprimime import body_encode
from email.utils import formatdate, parseaddr
from html import escape

from django.conf import settings

from news.models import Campaign
from news.rendering import SLOT_GREETING, SLOT_MANAGE, SLOT_UNSUBSCRIBE

SLOTS = (SLOT_UNSUBSCRIBE, SLOT_MANAGE, SLOT_GREETING)
_AT_A_SLOT = re.compile("(" + "|".join(map(re.escape, SLOTS)) + ")")
SOFT_BREAK = b"=\r\n"
LINE = 72  # with an encoded dot before and the soft break behind it stays within 76
PLAIN = re.compile(r"[A-Za-z0-9:/_?&#%+,;@'() -]{1,60}[A-Za-z0-9/]")


@dataclass(frozen=True, slots=True)
class Personal:
    """What is filled in for one person."""

    key: uuid.UUID
    email: str
    greeting: str
    unsubscribe: str
    manage: str


class MessageTemplate:
    """A campaign's message with its slots. Made once, used by any number of threads."""

    def __init__(self, campaign: Campaign):
        _name, address = parseaddr(settings.MAIL_FROM)
        self.domain = address.rpartition("@")[2] or "localhost"
        self._headers = _fixed_headers(campaign, self.domain)
        boundary = f"=_{secrets.token_hex(12)}".encode()
        self._type = b'Content-Type: multipart/alternative; boundary="' + boundary + b'"\r\n\r\n'
        opening, between, closing = (
            b"--" + boundary + b"\r\n",
            b"\r\n--" + boundary + b"\r\n",
            b"\r\n--" + boundary + b"--\r\n",
        )
        self._pieces = _joined(
            [
                opening + _part_head(b"plain"),
                *_encoded(campaign.text, "text"),
                between + _part_head(b"html"),
                *_encoded(campaign.html, "html"),
                closing,
            ]
        )
        self._second, self._date = 0, b""

    def fill(self, person: Personal) -> bytes:
        """One person's message: CRLF lines, ending with one, none beginning with a dot."""
        values = {
            ("text", SLOT_UNSUBSCRIBE): _quoted(person.unsubscribe),
            ("text", SLOT_MANAGE): _quoted(person.manage),
            ("text", SLOT_GREETING): _quoted(person.greeting),
            ("html", SLOT_UNSUBSCRIBE): _quoted(escape(person.unsubscribe)),
            ("html", SLOT_MANAGE): _quoted(escape(person.manage)),
            ("html", SLOT_GREETING): _quoted(escape(person.greeting)),
        }
        # Unfolded and unencoded, however long: an encoded word here breaks one-click (RFC 8058).
        own = (
            f"To: {_header_address(person.email)}\r\n"
            f"Message-ID: <{person.key}@{self.domain}>\r\n"
            f"List-Unsubscribe: <{person.unsubscribe}>\r\n"
        )
        head = [self._headers, b"Date: ", self._now(), b"\r\n", own.encode(), self._type]
        return b"".join(head + [piece if type(piece) is bytes else values[piece] for piece in self._pieces])

    def _now(self) -> bytes:
        second = int(time.time())
        if second != self._second:
            self._date = formatdate(second, localtime=False).encode()
            self._second = second
        return self._date


def greeting(name: str) -> str:
    """The words with which a message begins."""
    name = " ".join(name.split())
    return f"Hello {name}," if name else "Hello,"


def _fixed_headers(campaign: Campaign, domain: str) -> bytes:
    """The headers that are the same for all, encoded by the email package."""
    message = EmailMessage(policy=email.policy.SMTP)
    name, address = parseaddr(settings.MAIL_FROM)
    local, _at, host = address.partition("@")
    message["From"] = Address(name, local, host)
    if campaign.reply_to:
        message["Reply-To"] = campaign.reply_to
    message["Subject"] = " ".join(campaign.subject.split())
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    lists = list(campaign.lists.all())
    slug = lists[0].slug if len(lists) == 1 else "newsletter"
    message["List-Id"] = f"<{slug}.{domain}>"
    message["Precedence"] = "bulk"  # keeps most programs from answering that somebody is on holiday
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"  # the same in Exchange's words
    message["MIME-Version"] = "1.0"
    return message.as_bytes().rstrip(b"\r\n") + b"\r\n"


def _part_head(subtype: bytes) -> bytes:
    head = b"Content-Type: text/" + subtype + b'; charset="utf-8"'
    return head + b"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"


def _encoded(body: str, kind: str) -> list:
    """The body as bytes and slots, by turns."""
    pieces: list = []
    body = body.replace("\r\n", "\n").replace("\r", "\n")
    for number, words in enumerate(_AT_A_SLOT.split(body)):
        if number % 2:
            pieces += [SOFT_BREAK, (kind, words), SOFT_BREAK]
        elif words:
            pieces.append(_quoted_lines(words))
    return pieces


def _quoted_lines(words: str) -> bytes:
    encoded = body_encode(words.encode().decode("latin-1"), maxlinelen=LINE, eol="\r\n").encode("ascii")
    return re.sub(rb"(?m)^\.", b"=2E", encoded)


def _quoted(value: str) -> bytes:
    """A slot's value in quoted-printable; it begins a line of its own."""
    if PLAIN.fullmatch(value):
        return value.encode()
    return _quoted_lines(" ".join(value.split()))


def _joined(pieces: list) -> list:
    """The same with neighbouring bytes made one."""
    joined: list = []
    for piece in pieces:
        if joined and isinstance(piece, bytes) and isinstance(joined[-1], bytes):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def _header_address(address: str) -> str:
    """An address as a header shows it; its domain in ASCII, and never with a line break."""
    local, at, domain = "".join(address.split()).rpartition("@")
    try:
        return local + at + domain.encode("idna").decode()
    except UnicodeError:
        return local + at + domain
