"""Certificates of attendance: issued when somebody has attended, corrected, revoked, confirmed to others.

Issuing freezes the facts: a later change of course, session or booking doesn't change a certificate.
Releasing gives it to the delegate, at once or, where the course says so, after the evaluation. Both
look for what is due and not yet done, so that nothing is lost while the clock stands still.
"""

import logging
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from dscp_cms import pdf
from training import booking_mail, evaluations
from training.history import note
from training.models import (
    Attendance,
    Booking,
    BookingEvent,
    Certificate,
    EvaluationInvitation,
    EvaluationQuestion,
    Moment,
    SessionDay,
    TrainingSettings,
    folded,
)
from training.one_by_one import one_by_one
from training.people import Refused
from training.when import dates_in_words

logger = logging.getLogger(__name__)

MONTH = timedelta(days=30.44)
AT_ONCE = 500
ON_PAPER = "training/typst/certificate.typ"


@dataclass
class Done:
    """How many certificates were made, and how many given to their delegates."""

    issued: int = 0
    released: int = 0


def issue_due() -> Done:
    """Issue a certificate for each booking attended of a session that is over, and release what waits for nothing.

    A booking gets one by itself only once: what staff revoked isn't made anew.
    """
    attended = Booking.objects.filter(outcome=Booking.Outcome.ATTENDED, certificates=None, purged_at=None)
    over = attended.filter(session__ends_at__lte=timezone.now()).order_by("pk").values_list("pk", flat=True)
    issued = one_by_one(issue, list(over[:AT_ONCE]), "the certificate of booking")
    waiting = _to_release().order_by("pk").values_list("pk", flat=True)
    return Done(issued, one_by_one(release, list(waiting[:AT_ONCE]), "the certificate"))


def _to_release():
    """Certificates that wait for nothing, and those whose attendance was taken back."""
    asked = EvaluationQuestion.objects.asked(Moment.AFTER, OuterRef("booking__session__course"))
    answered = EvaluationInvitation.objects.filter(booking=OuterRef("booking"), moment=Moment.AFTER, answered=True)
    ready = Q(booking__session__course__certificate_after_evaluation=False) | Exists(answered) | ~Exists(asked)
    found = Certificate.objects.unreleased().exclude(booking=None)
    return found.filter(ready | ~Q(booking__outcome=Booking.Outcome.ATTENDED))


@transaction.atomic
def issue(booking_key: int) -> Certificate | None:
    """Write down what a booking's certificate says; None if it has one, wasn't attended, or isn't over."""
    booking = Booking.objects.select_for_update(of=("self",)).select_related("session__course").get(pk=booking_key)
    if booking.outcome != Booking.Outcome.ATTENDED or not booking.session.is_over or booking.certificates.exists():
        return None
    try:
        with transaction.atomic():
            return Certificate.objects.create(booking=booking, name=booking.name, **_facts(booking))
    except IntegrityError:  # somebody else's came in between
        return None


def _facts(booking: Booking) -> dict:
    session = booking.session
    there = booking.attendances.filter(mark__in=Attendance.THERE).values_list("day", flat=True)
    days = list(session.days.filter(pk__in=there)) or list(session.days.all())
    dates = sorted({timezone.localtime(day.starts_at).date() for day in days})
    leaders = dict.fromkeys(day.facilitator or session.facilitator for day in days)
    return {
        "course_title": session.course.title,
        "level": session.course.get_level_display() if session.course.level else "",
        "dates": [each.isoformat() for each in dates],
        "ended_on": dates[-1] if dates else timezone.localdate(session.ends_at),
        "minutes": sum(_length(day) for day in days) or None,
        "facilitator": " and ".join(leader for leader in leaders if leader)[:400],
        "delivery": session.get_delivery_method_display(),
    }


def _length(day: SessionDay) -> int:
    return round((day.ends_at - day.starts_at).total_seconds() / 60)


@transaction.atomic
def release(key: int, by=None) -> bool:
    """Give a certificate to its delegate, if nothing stands in the way; whether it was given now.

    Staff (``by``) may give it without the evaluation.
    One whose attendance was taken back before anybody had it is deleted. Mail about an attendance that
    was found more than six hours late is held for a person, like all late mail.
    """
    waiting = Certificate.objects.unreleased().select_for_update(of=("self",))
    certificate = waiting.filter(pk=key).exclude(booking=None).first()
    if certificate is None:
        return False
    booking = certificate.booking
    if booking.outcome != Booking.Outcome.ATTENDED:
        certificate.delete()
        return False
    if by is None and waits_for_evaluation(booking):
        return False
    now = timezone.now()
    certificate.released_at = now
    at_once = by is not None or booking.session.course.certificate_after_evaluation
    if booking.email:
        certificate.mail = booking_mail.certificate(
            booking, certificate.code, due=now if at_once else booking.outcome_at or now
        )
        certificate.told_at = now
        note(booking, BookingEvent.Kind.CERTIFICATE, certificate.code, by=by, mail=certificate.mail)
    certificate.save(update_fields=["released_at", "mail", "told_at"])
    return True


def waits_for_evaluation(booking: Booking) -> bool:
    """Whether the delegate has still to answer the questions after the session. Where none are asked, nothing waits."""
    if not booking.session.course.certificate_after_evaluation:
        return False
    if not evaluations.questions(booking, Moment.AFTER).exists():
        return False
    return not evaluations.has_answered(booking, Moment.AFTER)


def of_bookings(keys) -> dict[int, Certificate]:
    """The certificate that each booking's delegate can have now, by the booking's key, in one query."""
    found = Certificate.objects.current().released().filter(booking__in=list(keys))
    return {certificate.booking_id: certificate for certificate in found}


@transaction.atomic
def correct(key: int, by, *, name: str, course_title: str, facilitator: str = "", why: str) -> Certificate:
    """Issue it anew with what was wrong put right, and tell the delegate; the old code then says “replaced”.

    Raises Refused for one that was replaced already, or where nothing would change.
    """
    old = Certificate.objects.select_for_update(of=("self",)).get(pk=key)
    if old.replaced_at:
        raise Refused("It was replaced already. Correct the newer one.")
    name, course_title = " ".join(name.split()), " ".join(course_title.split())
    if (name, course_title, facilitator) == (old.name, old.course_title, old.facilitator):
        raise Refused("Nothing is changed yet.", field="name")
    now = timezone.now()
    Certificate.objects.filter(pk=old.pk).update(replaced_at=now, reason=why[:250], by=by)
    kept = ("booking", "level", "dates", "ended_on", "minutes", "delivery", "released_at")
    facts = {field: getattr(old, field) for field in kept}
    new = Certificate.objects.create(**facts, name=name, course_title=course_title, facilitator=facilitator)
    Certificate.objects.filter(pk=old.pk).update(replaced_by=new)
    booking = new.booking
    if booking and booking.email and new.released_at:
        new.mail, new.told_at = booking_mail.certificate(booking, new.code, due=now, corrected=True), now
        new.save(update_fields=["mail", "told_at"])
        note(booking, BookingEvent.Kind.CERTIFICATE, f"{new.code}, instead of {old.code}", by=by, mail=new.mail)
    return new


@transaction.atomic
def revoke(key: int, by, *, why: str) -> Certificate:
    """Take it back: the code isn't confirmed any more, and nothing can be downloaded. Nobody is written to."""
    certificate = Certificate.objects.select_for_update(of=("self",)).get(pk=key)
    if certificate.replaced_at or certificate.revoked_at:
        raise Refused("It isn’t in force any more.")
    certificate.revoked_at, certificate.reason, certificate.by = timezone.now(), why[:250], by
    certificate.save(update_fields=["revoked_at", "reason", "by"])
    return certificate


def confirm(code: str, surname: str) -> Certificate | None:
    """The certificate with this code, if the surname is its delegate's; None for every other pair.

    Also one that was replaced or revoked: the answer says which. What nobody has had yet isn't known.
    """
    letters = re.sub(r"[^0-9A-Z]", "", code.upper())[:40]
    written = "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))
    found = Certificate.objects.released().filter(code=written).select_related("replaced_by").first()
    return found if found and is_surname(surname, found.name) else None


def is_surname(typed: str, name: str) -> bool:
    """Whether somebody called ``name`` is called that: its last word, or more of its last words, compared loosely.

    Case, accents, hyphens, spaces and the shape of apostrophes don't count: “obrien” is O’Brien.
    """
    words = name.split()
    wanted = _loosely(typed)
    return bool(wanted) and any(_loosely("".join(words[place:])) == wanted for place in range(len(words)))


def _loosely(text: str) -> str:
    return re.sub(r"[\W_]", "", folded(text[:250]))


def forget_old() -> int:
    """Delete certificates that were kept long enough, by the training settings; return how many."""
    before = timezone.now() - TrainingSettings.load().certificate_months * MONTH
    return Certificate.objects.filter(ended_on__lt=timezone.localtime(before).date()).delete()[0]


def hours_in_words(minutes: int | None) -> str:
    """3 hours; 1 hour 30 minutes; nothing where it isn't known."""
    if not minutes:
        return ""
    hours, rest = divmod(minutes, 60)
    parts = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in ((hours, "hour"), (rest, "minute"))]
    return " ".join(part for part, number in zip(parts, (hours, rest), strict=True) if number)


def dates_of(certificate: Certificate) -> str:
    """The days attended, as readers write them."""
    return dates_in_words(date.fromisoformat(day) for day in certificate.dates) if certificate.dates else ""


def printed(certificate: Certificate, site_url: str) -> bytes:
    """The certificate as tagged PDF. Raises ``pdf.PdfError``."""
    released = certificate.released_at or certificate.issued_at or datetime.now(tz=timezone.get_current_timezone())
    context = {
        "certificate": certificate,
        "dates": dates_of(certificate),
        "hours": hours_in_words(certificate.minutes),
        "issued_on": timezone.localtime(released).date(),
        "check_url": f"{site_url}/training/certificates/",
    }
    return pdf.typeset(ON_PAPER, context, title=f"Certificate of attendance: {certificate.course_title}")


def file_name(certificate: Certificate) -> str:
    """What the file is called; the code tells two of them apart."""
    return f"certificate-{certificate.code}.pdf"
