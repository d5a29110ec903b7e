"""What staff do to certificates: correct and issue anew, give before the evaluation, revoke, look at the PDF."""

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import View

from training import certificates
from training.admin_forms import NothingForm
from training.certificate_views import as_file
from training.models import Certificate
from training.people import Refused
from training.screens import JobScreen, Screen


def certificate_address(certificate: Certificate) -> str:
    """The page of a certificate in the admin."""
    return reverse("training_certificate_modeladmin_inspect", args=[certificate.pk])


class AboutCertificate:
    """What all screens about one certificate have in common."""

    right = "training.change_certificate"
    header_icon = "doc-full"

    def find(self, pk: int) -> None:
        self.certificate = get_object_or_404(Certificate.objects.select_related("booking"), pk=pk)

    def about(self) -> str:
        return f"{self.certificate.code}: {self.certificate.name}, {self.certificate.course_title}"

    def back(self) -> str:
        return certificate_address(self.certificate)

    def get_breadcrumbs_items(self):
        items = super().get_breadcrumbs_items()
        top = {"url": reverse("training_certificate_modeladmin_index"), "label": "Certificates"}
        return [*items[:-3], top, *items[-2:]]


class CorrectForm(forms.Form):
    """What may have been wrong."""

    name = forms.CharField(max_length=200, help_text="As it is to stand on the certificate.")
    course_title = forms.CharField(label="Course", max_length=255)
    facilitator = forms.CharField(max_length=400, required=False)
    why = forms.CharField(label="Why", max_length=250, help_text="For the team; it isn’t printed.")


class Correct(AboutCertificate, JobScreen):
    """A new certificate with another code."""

    page_title = "Correct and issue anew"
    form_class, submit = CorrectForm, "Issue the corrected certificate"
    lead = "The delegate is sent the new one. Whoever checks the old code reads that it was replaced."

    def get_initial(self):
        found = self.certificate
        return {"name": found.name, "course_title": found.course_title, "facilitator": found.facilitator}

    def job(self, form):
        self.certificate = certificates.correct(self.certificate.pk, self.request.user, **form.cleaned_data)
        return f"{self.certificate.code} is issued instead."


class WhyForm(forms.Form):
    """A reason."""

    why = forms.CharField(label="Why", max_length=250, help_text="For the team. Nobody is written to.")


class Revoke(AboutCertificate, JobScreen):
    """Take it back."""

    page_title = "Revoke this certificate"
    form_class, submit, serious = WhyForm, "Revoke it", True
    lead = "It can’t be downloaded any more. Whoever checks its code reads that it is no longer valid."

    def job(self, form):
        certificates.revoke(self.certificate.pk, self.request.user, why=form.cleaned_data["why"])
        return f"{self.certificate.code} is revoked."


class Give(AboutCertificate, JobScreen):
    """Without waiting for the evaluation."""

    page_title = "Give it now"
    form_class, submit = NothingForm, "Give it and tell the delegate"
    lead = "It would otherwise be given as soon as the delegate has filled in the evaluation."

    def job(self, form):
        if not certificates.release(self.certificate.pk, self.request.user):
            raise Refused("It can’t be given: it was given already, or the attendance was taken back.")
        return f"{self.certificate.code} is given."


class Paper(AboutCertificate, Screen, View):
    """The PDF, as the delegate gets it."""

    right = "training.view_certificate"
    page_title = "Certificate"

    def get(self, request, **kwargs):
        return as_file(self.certificate)


ABOUT_ONE = {"correct": Correct, "revoke": Revoke, "give": Give, "pdf": Paper}
