"""Certificates for readers: their download from one's own bookings, and the page that confirms them to others."""

import logging

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dscp_cms import limits, pdf
from training import certificates
from training.forms import text_field
from training.models import Booking, Certificate
from training.rendering import render
from training.token_pages import bad_link, with_token
from training.tokens import Purpose

logger = logging.getLogger(__name__)

MOST_OF_A_NETWORK = 300  # an hour; a whole council may be one network
MOST_OF_A_CODE = 20  # an hour, so that surnames can't be tried out
TOO_OFTEN = "That was tried very often just now. Please try again in an hour."
UNKNOWN = (
    "We know no certificate with this code and this surname. Check both against the certificate, "
    "then try again, or ask the training team."
)


class CheckForm(forms.Form):
    """A code and a surname."""

    code = text_field(
        "Code", "Enter the code that stands on the certificate.", longest=40,
        help_text="Twelve letters and figures, such as 7KF2-XR49-HWCC. Dashes and capitals don’t matter.",
    )  # fmt: skip
    surname = text_field("Surname of the person", "Enter the surname that stands on the certificate.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def check(request, catalogue):
    """Confirm a certificate to somebody who has its code and its delegate's surname."""
    form, found, status = CheckForm(request.POST or None), None, 200
    if request.method == "POST" and form.is_valid():
        if not _may_try(request, form.cleaned_data["code"]):
            form.add_error(None, TOO_OFTEN)
            status = 429
        else:
            found = certificates.confirm(**form.cleaned_data)
            if found is None:
                form.add_error(None, UNKNOWN)
    context = {
        "form": form,
        "found": found,
        "state": _state(found) if found else "",
        "dates": certificates.dates_of(found) if found else "",
        "hours": certificates.hours_in_words(found.minutes) if found else "",
    }
    title = "Is a certificate genuine?"
    return render(request, catalogue, "certificates", title=title, trail=(), status=status, noindex=True, **context)


def _may_try(request, code: str) -> bool:
    by_network = limits.within("certificate check", limits.client_network(request), most=MOST_OF_A_NETWORK)
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return limits.within("certificate code", plain, most=MOST_OF_A_CODE) and by_network


def _state(certificate: Certificate) -> str:
    if certificate.revoked_at:
        return "revoked"
    return "replaced" if certificate.replaced_at else "genuine"


@with_token(Purpose.MANAGE)
def download(request, catalogue, token: str, own: Booking, key):
    """The certificate of one of the bookings that the link opens, as PDF."""
    mine = Booking.objects.at_address(own.email).filter(purged_at=None, key=key).first()
    if mine is None:
        raise Http404("This link doesn't open that booking.")
    certificate = Certificate.objects.current().released().filter(booking=mine).first()
    if certificate is None:
        return bad_link(request, catalogue)
    return as_file(certificate)


def as_file(certificate: Certificate) -> HttpResponse:
    """The PDF to keep; made anew each time, which takes a tenth of a second, so that no copy lies about."""
    try:
        content = certificates.printed(certificate, settings.PUBLIC_URL)
    except pdf.PdfError:
        logger.exception("certificate %s can't be printed", certificate.pk)
        return HttpResponse(
            "The certificate can’t be made into a PDF at the moment. Please ask the training team for it.",
            status=503,
            content_type="text/plain; charset=utf-8",
        )
    headers = {
        "Content-Disposition": f'attachment; filename="{certificates.file_name(certificate)}"',
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "default-src 'none'",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)
