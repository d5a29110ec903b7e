"""The forms on which staff add and correct file versions."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.widgets import AdminDateInput, AdminPageChooser
from wagtail.documents.forms import get_document_form
from wagtail.documents.widgets import AdminDocumentChooser
from wagtail.models import Collection

from dscp_cms.models import SiteDocument
from resources.models import FileVersion, ResourcePage
from resources.versions import add_version, correct

DocumentForm = get_document_form(SiteDocument)


class _LabelCheckedByTheJob:
    """Whether the label is free is left to the job, which says it in plainer words."""

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() | {"label"}


class NewVersionForm(_LabelCheckedByTheJob, WagtailAdminModelForm):
    """A new version: a file uploaded now, or a document that is already here."""

    resource = forms.ModelChoiceField(
        ResourcePage.objects.all(),
        widget=AdminPageChooser(target_models=[ResourcePage]),
        help_text="Which resource it is a version of.",
    )
    file = forms.FileField(
        required=False, label="New file", help_text="Upload it here, or choose a document below that is already here."
    )
    document = forms.ModelChoiceField(
        SiteDocument.objects.all(),
        required=False,
        widget=AdminDocumentChooser,
        label="Document",
        help_text="Only if the file was uploaded before.",
    )
    pages = forms.IntegerField(
        required=False, min_value=1, max_value=20_000, help_text="How many pages the file has; shown beside the link."
    )

    class Meta:
        model = FileVersion
        fields = ["resource", "file", "document", "pages", "label", "published_on", "what_changed"]
        widgets = {"published_on": AdminDateInput}

    def clean(self):
        cleaned = super().clean()
        file, document = cleaned.get("file"), cleaned.get("document")
        if "file" not in self.errors and bool(file) == bool(document):
            self.add_error("file", "Upload a file, or choose a document: one of the two.")
        elif isinstance(file, UploadedFile):
            self._check_upload(file, cleaned)
        return cleaned

    def _check_upload(self, file: UploadedFile, cleaned) -> None:
        """Hold the upload to the rules of every document."""
        resource = cleaned.get("resource")
        title = f"{resource.title}, {cleaned.get('label') or 'new version'}" if resource else file.name
        fields = {"title": title[:255], "language": "en-GB", "pages": cleaned.get("pages")}
        fields["collection"] = _collection_of(resource)
        self.upload = DocumentForm(fields, {"file": file}, user=self.for_user)
        if not self.upload.is_valid():
            for errors in self.upload.errors.values():
                self.add_error("file", list(errors))

    def _post_clean(self):
        super()._post_clean()
        if self.errors:
            return
        try:
            with transaction.atomic():
                self.made = self._add()
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                shown = "file" if name == "document" and self.cleaned_data.get("file") else name
                self.add_error(shown, sentences)

    def _add(self) -> FileVersion:
        data = self.cleaned_data
        document = data["document"]
        if document is None:
            document = self.upload.save(commit=False)
            document.uploaded_by_user = self.for_user
        elif data.get("pages"):
            SiteDocument.objects.filter(pk=document.pk).update(pages=data["pages"])
        return add_version(
            data["resource"],
            document,
            label=data["label"],
            published_on=data.get("published_on") or timezone.localdate(),
            what_changed=data.get("what_changed", ""),
            added_by=self.for_user,
        )

    def save(self, commit=True):
        return self.made


def _collection_of(resource: ResourcePage | None) -> int:
    """Where a new file of a resource belongs: beside its newest version, whose readers are its own."""
    versions = FileVersion.objects.filter(resource=resource).order_by("-published_on", "-pk")
    beside = (resource and resource.current_version) or versions.first()
    return beside.document.collection_id if beside else Collection.get_first_root_node().pk


class CorrectVersionForm(_LabelCheckedByTheJob, WagtailAdminModelForm):
    """What may be put right afterwards, by a row of its own; the file itself never changes."""

    class Meta:
        model = FileVersion
        fields = ["label", "published_on", "what_changed"]
        widgets = {"published_on": AdminDateInput}

    def _post_clean(self):
        super()._post_clean()
        if self.errors:
            return
        try:
            self.made = correct(self.instance, by=self.for_user, **self.cleaned_data)
        except ValidationError as error:
            for name, sentences in getattr(error, "error_dict", {None: error.messages}).items():
                self.add_error(name, sentences)

    def save(self, commit=True):
        return self.made
