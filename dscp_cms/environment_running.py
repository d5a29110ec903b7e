"""Reads the variables that concern running the site: keys, watching, contacts; called by ``dscp_cms.environment``."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Running:
    """How the site is watched, and what it tells those who watch."""

    secret_key_fallbacks: tuple[str, ...] = ()
    sentry_dsn: str = ""
    metrics_token: str = ""
    security_contact: str = ""
    page_cache: bool = True
    cdn: dict | None = None


def read_running(env: environ.Env) -> Running:
    """Return the checked options; raise ImproperlyConfigured with one sentence when they can't work."""
    return Running(
        secret_key_fallbacks=tuple(env.str("SECRET_KEY_FALLBACKS", default="").split()),
        sentry_dsn=_sentry_dsn(env),
        metrics_token=_metrics_token(env),
        security_contact=_security_contact(env),
        page_cache=_page_cache(env),
        cdn=_cdn(env),
    )


def _page_cache(env: environ.Env) -> bool:
    text = env.str("PAGE_CACHE", default="").lower()
    if text not in {"", "on", "off"}:
        raise ImproperlyConfigured("PAGE_CACHE must be on or off.")
    return text != "off"


def _cdn(env: environ.Env) -> dict | None:
    """How Wagtail tells the CDN in front that pages have changed."""
    url = env.str("CDN_URL", default="")
    parts = urlsplit(url)
    backends = "wagtail.contrib.frontend_cache.backends."
    if not url:
        return None
    if parts.scheme in {"http", "https"} and parts.hostname:
        return {"BACKEND": f"{backends}HTTPBackend", "LOCATION": url}
    if parts.scheme == "cloudflare" and parts.username and parts.hostname:
        return {"BACKEND": f"{backends}CloudflareBackend", "BEARER_TOKEN": parts.username, "ZONEID": parts.hostname}
    if parts.scheme == "cloudfront" and parts.netloc:
        return {"BACKEND": f"{backends}CloudfrontBackend", "DISTRIBUTION_ID": parts.netloc}
    raise ImproperlyConfigured(
        "CDN_URL must look like http://varnish.example.org, cloudflare://token@zone or cloudfront://distribution."
    )


def _sentry_dsn(env: environ.Env) -> str:
    dsn = env.str("SENTRY_DSN", default="")
    parts = urlsplit(dsn)
    if dsn and not (parts.scheme in {"http", "https"} and parts.username and parts.hostname and len(parts.path) > 1):
        raise ImproperlyConfigured("SENTRY_DSN must look like https://key@sentry.example.org/1.")
    return dsn


def _metrics_token(env: environ.Env) -> str:
    token = env.str("METRICS_TOKEN", default="")
    if token and (len(token) < 16 or not token.isascii() or not token.isprintable() or " " in token):
        raise ImproperlyConfigured("METRICS_TOKEN must be sixteen or more letters and digits, without spaces.")
    return token


def _security_contact(env: environ.Env) -> str:
    """An address or a page, as RFC 9116 wants it."""
    contact = env.str("SECURITY_CONTACT", default="")
    if "@" in contact and ":" not in contact:
        contact = f"mailto:{contact}"
    if contact and not (contact.startswith(("mailto:", "https://")) and contact.isprintable() and " " not in contact):
        raise ImproperlyConfigured(
            "SECURITY_CONTACT must be an address such as security@example.org, or a page beginning with https://."
        )
    return contact
