"""What somebody types about a delegate, made fit to be kept."""

import unicodedata
from dataclasses import dataclass, fields, replace

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from dscp_cms.models import Agency
from training.models import Booking, TrainingSession


class Refused(Exception):  # noqa: N818 - it reads as what happened: the booking was refused
    """A job said no. Its text is a sentence for the person.

    ``field`` names the field it belongs to, if one; ``row`` the person it is about where several are booked.
    """

    def __init__(self, sentence: str, field: str = "", row: int | None = None):
        super().__init__(sentence)
        self.field, self.row = field, row


@dataclass(frozen=True)
class PersonDetails:
    """A delegate as typed into a form. ``agency_name`` is what stands there when the agency isn't in our table."""

    name: str
    email: str
    agency: Agency | None = None
    agency_name: str = ""
    job_title: str = ""
    manager_name: str = ""
    manager_email: str = ""
    mobile: str = ""
    needs: str = ""
    order_number: str = ""
    finance_contact: str = ""
    policy_version: str = ""

    def cleaned(self, *, needs_email: bool = True) -> "PersonDetails":
        """The same without line breaks, control characters and stray spaces. Raises Refused where it can't be kept."""
        texts = {
            field.name: tidy(getattr(self, field.name), keep_lines=field.name == "needs")
            for field in fields(self)
            if field.name != "agency"
        }
        for name, what in (("email", "work e-mail"), ("manager_email", "line manager's e-mail")):
            texts[name] = _address(texts[name], name, what, needed=needs_email and name == "email")
        if not texts["name"]:
            raise Refused("Enter the name.", "name")
        for name, text in texts.items():
            longest = Booking._meta.get_field(name).max_length
            if longest and len(text) > longest:
                raise Refused(f"Write this in {longest} letters at most.", name)
        return replace(self, **texts)

    def as_fields(self) -> dict:
        """For the table."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True)
class Booker:
    """Who books for others."""

    name: str
    email: str


def tidy(text: str, *, keep_lines: bool = False) -> str:
    """Composed Unicode without control characters; spaces single. Marks of writing direction stay: names need them."""
    text = unicodedata.normalize("NFC", text or "")
    lines = text.splitlines() if keep_lines else [" ".join(text.splitlines())]
    kept = ("".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in line) for line in lines)
    return "\n".join(" ".join(line.split()) for line in kept).strip()


def _address(text: str, field: str, what: str, *, needed: bool) -> str:
    if not text and not needed:
        return ""
    try:
        validate_email(text)
    except ValidationError as error:
        raise Refused(f"Enter the {what} as in name@example.org.", field) from error
    return text.lower()


def is_of_known_agency(email: str) -> bool:
    """Whether an address belongs to an agency that we know by its domain."""
    domain = email.rpartition("@")[2].lower()
    parts = domain.split(".")
    domains = [".".join(parts[number:]) for number in range(len(parts) - 1)]
    return Agency.objects.filter(active=True, email_domain__in=domains).exclude(email_domain="").exists()


def closed_because(session: TrainingSession) -> str:
    """Why nobody may book a session now, as a sentence; empty if they may."""
    return {
        "cancelled": "This session was cancelled.",
        "past": "This session has begun, so it can't be booked any more.",
        "external": "This session is booked on another site.",
        "not_yet_open": "Booking for this session hasn't opened yet.",
        "closed": "Booking for this session has closed.",
    }.get(session.state, "")
