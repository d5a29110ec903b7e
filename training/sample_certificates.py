"""Sample certificates of a finished sample session; nobody is written to."""

from collections.abc import Sequence

from django.utils import timezone

from training.certificates import issue
from training.models import Booking, Certificate


def load_sample_certificates(bookings: Sequence[Booking]) -> list[Certificate]:
    """Issue a certificate to everybody who came; return them."""
    made = [certificate for booking in bookings if (certificate := issue(booking.pk)) is not None]
    for certificate in made:
        certificate.released_at = timezone.now()
        certificate.save(update_fields=["released_at"])
    return made


def remove_certificates_of(bookings: Sequence[int]) -> int:
    """Delete every certificate of these bookings, also those that were corrected since; return how many."""
    return Certificate.objects.filter(booking__in=list(bookings)).delete()[0]
