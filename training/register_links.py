"""The facilitator's link to the register of one day: made, mailed, read, taken back.

A token is the sixteen bytes of the link's ``key`` and the first twelve (96 bits) of an HMAC-SHA256 over it, in
base64url: 38 characters that name nobody. It shows names from the day's first minute on and dies at the midnight
that ends the day in Durham, or when staff take it back. Keys in SECRET_KEY_FALLBACKS are honoured, for reading.
"""

import base64
import binascii
import hmac
import uuid
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone
from django.utils.crypto import salted_hmac

from dscp_cms import mail
from dscp_cms.models import OutgoingMail, SiteSettings
from training.models import RegisterLink, SessionDay, TrainingSession
from training.people import Refused
from training.when import day_in_words

KEY, SIGNATURE = 16, 12  # bytes
KEPT = timedelta(days=30)  # how long we can still say whom a dead link was sent to
NOT_HELD = {TrainingSession.Status.PLANNED, TrainingSession.Status.CANCELLED}


class BadLinkError(ValueError):
    """A token that we never made."""


@transaction.atomic
def create(day_id: int, by) -> RegisterLink:
    """Make a link to show or to copy. Raises Refused when its night has come already or the session isn't held."""
    day = SessionDay.objects.select_related("session__course", "session__venue", "venue").get(pk=day_id)
    if day.session.status in NOT_HELD:
        raise Refused("Only for sessions that are open.")
    link = RegisterLink(day=day, created_by=by)
    if link.is_dead:
        raise Refused("This day is over. Fill in the register here instead.")
    link.save()
    return link


@transaction.atomic
def send(day_id: int, email: str, by) -> RegisterLink:
    """Make a link and mail it to a facilitator; the message isn't sent any more once the link is dead."""
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused("Enter the facilitator’s address as in name@example.org.", "email") from error
    link = create(day_id, by)
    link.sent_to = email
    link.save(update_fields=["sent_to"])
    _mail(link)
    return link


def revoke(link_id: int) -> RegisterLink:
    """Take a link back at once. Once more does nothing."""
    RegisterLink.objects.filter(pk=link_id, revoked_at=None).update(revoked_at=timezone.now())
    return RegisterLink.objects.get(pk=link_id)


def purge() -> int:
    """Forget links whose day is long over, with the addresses they were sent to; return how many."""
    return RegisterLink.objects.filter(day__ends_at__lt=timezone.now() - KEPT).delete()[0]


def path(link: RegisterLink) -> str:
    """Where the register stands for whoever has the link."""
    return f"/training/register/{_encode(link.key.bytes + _sign(link.key, settings.SECRET_KEY))}/"


def url(link: RegisterLink) -> str:
    """The whole address."""
    return settings.PUBLIC_URL + path(link)


def read(token: str) -> RegisterLink:
    """Return the link that a token is for, dead or alive, with its day and session. Raises BadLinkError."""
    raw = _decode(token)
    key = uuid.UUID(bytes=raw[:KEY])
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if not any(hmac.compare_digest(raw[KEY:], _sign(key, secret)) for secret in secrets):
        raise BadLinkError
    link = RegisterLink.objects.select_related("day__session__course", "day__session__venue", "day__venue")
    found = link.filter(key=key).first()
    if found is None:
        raise BadLinkError
    return found


def _mail(link: RegisterLink) -> OutgoingMail:
    conf = SiteSettings.objects.filter(site__is_default_site=True).first() or SiteSettings()
    day = link.day
    course, when = day.session.course.title, day_in_words(day)
    context = {"day": day, "course": course, "when": when, "link": url(link), "conf": conf}
    text = get_template("training/email/register_link.txt").template.render(Context(context, autoescape=False))
    return mail.send(
        kind="training: register link",
        to=link.sent_to,
        subject=f"The register: {course}, {when}",
        text=text,
        reply_to=conf.training_email,
        urgent=link.opens_at <= timezone.now(),
        drop_at=link.dies_at,
        change=f"register link {link.key}",
    )


def _sign(key: uuid.UUID, secret: str) -> bytes:
    return salted_hmac("training.register", key.bytes, secret, algorithm="sha256").digest()[:SIGNATURE]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(token: str) -> bytes:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadLinkError from error
    if len(raw) != KEY + SIGNATURE or _encode(raw) != token:
        raise BadLinkError
    return raw
