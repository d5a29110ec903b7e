"""Certificates of attendance: their facts are frozen when they are issued, and outlive the booking."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q

from dscp_cms.models import OutgoingMail
from training.models.bookings import Booking

# Sixteen signs that neither look nor sound alike when somebody reads them out: no O and 0, no 8 and A, no M and N.
ALPHABET = "234679CFHJKRTWXY"
GROUPS, GROUP = 3, 4  # 48 bits; the public page asks for the surname too, and counts the attempts


def new_code() -> str:
    """A code that can't be guessed, such as 7KF2-XR49-HWCC."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


class CertificateQuerySet(models.QuerySet):
    """Queries over certificates, as sentences."""

    def current(self):
        """Those that neither were replaced nor revoked."""
        return self.filter(replaced_at=None, revoked_at=None)

    def released(self):
        """Those that their delegate has had."""
        return self.exclude(released_at=None)

    def unreleased(self):
        """Those that wait for the evaluation."""
        return self.current().filter(released_at=None)


class Certificate(models.Model):
    """That somebody attended a session. Written by training/certificates.py alone; never changed, but replaced."""

    wagtail_reference_index_ignore = True

    code = models.CharField(max_length=20, unique=True, default=new_code, editable=False)
    booking = models.ForeignKey(Booking, null=True, blank=True, on_delete=models.SET_NULL, related_name="certificates")
    name = models.CharField(max_length=200)
    course_title = models.CharField("course", max_length=255)
    level = models.CharField(max_length=40, blank=True)
    dates = models.JSONField(default=list, help_text="The days attended, as YYYY-MM-DD.")
    ended_on = models.DateField(help_text="The last of the days; how long it is kept counts from here.")
    minutes = models.PositiveIntegerField(null=True, blank=True, help_text="Of training, where it is known.")
    facilitator = models.CharField(max_length=400, blank=True)
    delivery = models.CharField("how it was delivered", max_length=40, blank=True)

    issued_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    mail = models.ForeignKey(OutgoingMail, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    replaced_by = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaces"
    )
    replaced_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=250, blank=True, help_text="Why it was corrected or revoked.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="Who corrected or revoked it.",
    )  # fmt: skip

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-ended_on", "name", "pk"]
        verbose_name = "certificate"
        permissions = [("export_certificate", "Can export certificates")]
        indexes = [models.Index(fields=["ended_on"], name="certificate_by_end")]
        constraints = [
            models.UniqueConstraint(
                fields=["booking"],
                condition=Q(replaced_at=None, revoked_at=None),
                name="one_current_certificate_a_booking",
            ),
        ]

    def __str__(self):
        return f"{self.code}, {self.name}"
