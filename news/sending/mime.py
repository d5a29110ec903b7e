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

from news import tokens
from news.models import Campaign
from news.rendering import SLOT_GREETING, SLOT_MANAGE, SLOT_UNSUBSCRIBE

SLOTS = (SLOT_UNSUBSCRIBE, SLOT_MANAGE, SLOT_GREETING)
_AT_A_SLOT = re.compile("(" + "|".join(map(re.escape, SLOTS)) + ")")
SOFT_BREAK = b"=\r\n"
LINE = 72  # with an encoded dot before and the soft break behind it stays within 76
PLAIN = re.compile(r"[ -<>-~]*[!-<>-~]")  # ASCII without “=”, not ending with a space


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
        self.links = Links()
        self._second, self._date = 0, b""

    def fill(self, person: Personal) -> bytes:
        """One person's message: CRLF lines, ending with one, none beginning with a dot."""
        unsubscribe, manage = _quoted(escape(person.unsubscribe)), _quoted(escape(person.manage))
        values = {
            ("text", SLOT_UNSUBSCRIBE): unsubscribe if "&" not in person.unsubscribe else _quoted(person.unsubscribe),
            ("text", SLOT_MANAGE): manage if "&" not in person.manage else _quoted(person.manage),
            ("text", SLOT_GREETING): _quoted(person.greeting),
            ("html", SLOT_UNSUBSCRIBE): unsubscribe,
            ("html", SLOT_MANAGE): manage,
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


class Links:
    """The personal addresses of a message; their fixed parts are worked out once, not for each reader."""

    def __init__(self):
        nobody = uuid.UUID(int=0)
        leave = tokens.make(tokens.Purpose.LEAVE_DELIVERY, nobody)
        manage = tokens.make(tokens.Purpose.MANAGE, nobody)
        self._leave = tokens.delivery_unsubscribe_url(nobody).split(leave)
        self._manage = tokens.manage_url_of(nobody).split(manage)

    def unsubscribe(self, delivery_key: uuid.UUID) -> str:
        """The same as ``tokens.delivery_unsubscribe_url``."""
        return tokens.make(tokens.Purpose.LEAVE_DELIVERY, delivery_key).join(self._leave)

    def manage(self, subscriber_key: uuid.UUID) -> str:
        """The same as ``tokens.manage_url_of``."""
        return tokens.make(tokens.Purpose.MANAGE, subscriber_key).join(self._manage)


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
    if not PLAIN.fullmatch(value) or "." in value[::LINE]:
        return _quoted_lines(" ".join(value.split()))
    if len(value) <= LINE:
        return value.encode()
    return "=\r\n".join(value[start : start + LINE] for start in range(0, len(value), LINE)).encode()


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
