"""Mails the link to one's own bookings to those who ask for it, and tells nobody else whether there are any."""

from dscp_cms import limits, suppression
from training.booking import send_link
from training.models import Booking

FOR_ONE_ADDRESS = 6  # an hour
TOO_MANY = "This address was typed here several times in the last hour. Look for our e-mail, or try again in an hour."


def ask(email: str) -> str:
    """Have the worker mail the link; return a sentence where the address was asked for too often, else an empty text.

    The same is done for every address, so that neither the answer nor its time tells whether it is known.
    """
    from training.tasks import mail_link as task  # the task calls back into this module

    email = email.strip().lower()
    if not limits.within("training link", suppression.digest(email), most=FOR_ONE_ADDRESS):
        return TOO_MANY
    task.enqueue(email)
    return ""


def mail_link(email: str) -> bool:
    """Mail the link if the address has bookings; return whether it has."""
    newest = Booking.objects.at_address(email).filter(purged_at=None).select_related("session__course")
    booking = newest.order_by("-session__starts_at", "-pk").first()
    if booking is not None:
        send_link(booking)
    return booking is not None
