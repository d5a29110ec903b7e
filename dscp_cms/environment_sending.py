"""Reads the variables that concern sending the newsletter; called by ``dscp_cms.environment`` alone."""

from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

# The services whose reports of bounces and complaints we take, and anymail's name for their signing key.
WEBHOOKS = {
    "amazon_ses": "",
    "brevo": "",
    "mailersend": "MAILERSEND_SIGNING_SECRET",
    "mailgun": "MAILGUN_WEBHOOK_SIGNING_KEY",
    "mailjet": "",
    "mandrill": "MANDRILL_WEBHOOK_KEY",
    "postal": "POSTAL_WEBHOOK_KEY",
    "postmark": "",
    "resend": "RESEND_SIGNING_SECRET",
    "sendgrid": "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY",
    "sparkpost": "",
}


@dataclass(frozen=True)
class Sending:
    """How the newsletter is sent."""

    connections: int = 4  # a worker's, to the mail server
    rate: int | None = None  # messages a second, of all campaigns and workers together
    patience: float = 60  # seconds to wait for a mail server that is gone, before the campaign pauses
    envelope_from: str = ""  # where bounces go
    bounces_url: str = ""  # a mailbox to read them from: imaps://user:password@host/INBOX or maildir:///path
    dkim_key: Path | None = None
    dkim_selector: str = ""
    dkim_domain: str = ""
    webhooks: str = ""
    webhooks_secret: str = ""
    webhooks_key: str = ""


def read_sending(env: environ.Env, mail_from: str) -> Sending:
    """Return the checked options; raise ImproperlyConfigured with one sentence when they can't work."""
    sender = parseaddr(mail_from)[1]
    if "@" not in sender:
        raise ImproperlyConfigured(f"MAIL_FROM must be an address such as News <news@example.org>, not “{mail_from}”.")
    return Sending(
        connections=_number(env, "MAILER_CONNECTIONS", 4, highest=50) or 4,
        rate=_number(env, "MAILER_RATE", 0, highest=1000) or None,
        envelope_from=_address(env, "BOUNCE_ADDRESS") or sender,
        bounces_url=_bounces_url(env),
        **_dkim(env, sender),
        **_webhooks(env),
    )


def _number(env: environ.Env, name: str, default: int, *, highest: int) -> int:
    text = env.str(name, default="") or str(default)
    if not (text.isascii() and text.isdigit()) or int(text) > highest:
        raise ImproperlyConfigured(f"{name} must be a number up to {highest}, not “{text}”.")
    return int(text)


def _address(env: environ.Env, name: str) -> str:
    text = env.str(name, default="")
    if text and not (text.isascii() and "@" in text and len(text.split()) == 1):
        raise ImproperlyConfigured(f"{name} must be a plain address such as bounces@example.org, not “{text}”.")
    return text


def _bounces_url(env: environ.Env) -> str:
    url = env.str("BOUNCES_URL", default="")
    if url and urlsplit(url).scheme not in {"imap", "imaps", "maildir"}:
        raise ImproperlyConfigured(
            "BOUNCES_URL must look like imaps://user:password@host/INBOX or maildir:///path/to/folder."
        )
    return url


def _dkim(env: environ.Env, sender: str) -> dict:
    key = env.str("DKIM_KEY", default="")
    if not key:
        return {}
    selector = env.str("DKIM_SELECTOR", default="")
    if not selector:
        raise ImproperlyConfigured("DKIM_KEY is set, so DKIM_SELECTOR must be set too.")
    if not Path(key).is_file():
        raise ImproperlyConfigured(f"DKIM_KEY must name the private key's file; there is none at {key}.")
    domain = env.str("DKIM_DOMAIN", default="") or sender.rpartition("@")[2]
    return {"dkim_key": Path(key), "dkim_selector": selector, "dkim_domain": domain}


def _webhooks(env: environ.Env) -> dict:
    service = env.str("WEBHOOKS", default="")
    if not service:
        return {}
    if service not in WEBHOOKS:
        raise ImproperlyConfigured(f"WEBHOOKS must be one of {', '.join(WEBHOOKS)}, not “{service}”.")
    secret = env.str("WEBHOOKS_SECRET", default="")
    if ":" not in secret:
        raise ImproperlyConfigured("WEBHOOKS is set, so WEBHOOKS_SECRET must be set too, as name:password.")
    return {"webhooks": service, "webhooks_secret": secret, "webhooks_key": env.str("WEBHOOKS_KEY", default="")}
