"""The forms of imports in the admin."""

from django import forms

from home.imports import documents_plan
from home.imports.documents_plan import Known, Row
from home.imports.wordpress_file import NOT_AN_EXPORT, ExportError, looks_like_one
from resources.models import ResourceLibraryPage, ResourcePage

TRIAL = [("trial", "Only say what would happen"), ("import", "Import")]


def how_field() -> forms.ChoiceField:
    """A trial, or the import itself."""
    return forms.ChoiceField(
        label="What to do",
        choices=TRIAL,
        initial="trial",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )


class WordPressForm(forms.Form):
    """An export, its files, and what is wished."""

    file = forms.FileField(
        label="Export",
        help_text="The .xml file that WordPress makes under Tools, Export, “All content”.",
        error_messages={"required": "Choose the export.", "empty": "The file is empty. Choose another."},
    )
    media = forms.FileField(
        label="Pictures and documents",
        required=False,
        help_text="A ZIP of the old site’s folder wp-content/uploads. Without it, no file is brought over.",
    )
    how = how_field()
    publish = forms.BooleanField(
        label="Publish what was public",
        required=False,
        help_text="Only pages with nothing to check. Otherwise everything is a draft that somebody looks at first.",
    )
    fetch = forms.BooleanField(
        label="Fetch missing files from the old site",
        required=False,
        help_text="The old site must still be on the web. This can take long.",
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        try:
            if not looks_like_one(file):
                raise forms.ValidationError(NOT_AN_EXPORT)
        except ExportError as error:
            raise forms.ValidationError(str(error)) from error
        return file

    def clean_media(self):
        media = self.cleaned_data.get("media")
        if media:
            if media.read(4) not in {b"PK\x03\x04", b"PK\x05\x06"}:
                raise forms.ValidationError("This isn’t a ZIP. Make a ZIP of the folder wp-content/uploads.")
            media.seek(0)
        return media


class ManyFilesInput(forms.FileInput):
    """Lets a person choose several files."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files; each must hold something."""

    widget = ManyFilesInput

    def clean(self, data, initial=None):
        files = data if isinstance(data, (list, tuple)) else [data] if data else []
        if not files:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(ManyFilesField, self).clean(file, initial) for file in files]


class NewslettersForm(forms.Form):
    """Past issues."""

    files = ManyFilesField(
        label="Files",
        help_text="One file an issue: .html, .eml, .docx, .pdf or .txt. Or a ZIP of them. At most 100 at once.",
        error_messages={"required": "Choose at least one file.", "empty": "One of the files is empty. Leave it out."},
    )
    how = how_field()


class DocumentsForm(forms.Form):
    """Files that become resources."""

    files = ManyFilesField(
        label="Files",
        help_text="At most 100 at once. Or a ZIP of a folder, up to 500 files: its folders’ names help to guess.",
        error_messages={"required": "Choose at least one file.", "empty": "One of the files is empty. Leave it out."},
    )
    library = forms.ModelChoiceField(
        ResourceLibraryPage.objects.order_by("title"),
        label="Library",
        required=False,
        empty_label="To be chosen in the table",
        help_text="Where files go whose folder doesn’t have the name of a library.",
    )


class TableForm(forms.Form):
    """The corrected table."""

    table = forms.FileField(
        label="Corrected table",
        help_text="The CSV file, saved as CSV again. It takes the place of the table below.",
        error_messages={"required": "Choose the table.", "empty": "The table is empty. Choose another."},
    )


class RowForm(forms.Form):
    """One row of the table, in words as the CSV has them; it says what is wrong as the import itself would."""

    leave_out = forms.BooleanField(label="Leave this file out", required=False)
    title = forms.CharField(max_length=255, error_messages={"required": "Write a title."})
    summary = forms.CharField(max_length=300, required=False, widget=forms.Textarea({"rows": 2}))
    library = forms.ChoiceField(error_messages={"required": "Choose a library."})
    kind = forms.ChoiceField(
        label="Type",
        error_messages={"required": "Choose a type."},
        choices=[(label, label) for label in ResourcePage.Kind.labels],
    )
    reach = forms.ChoiceField(label="Local or national", choices=[(s, s) for s in ResourcePage.Reach.labels])
    publisher = forms.CharField(max_length=160, required=False)
    published_on = forms.CharField(label="Date, such as 31/05/2025", max_length=40, required=False)
    topics = forms.CharField(label="Topics, with ; between", max_length=1000, required=False)
    audiences = forms.CharField(label="Audiences, with ; between", max_length=1000, required=False)

    def __init__(self, *args, row: Row, known: Known, **kwargs):
        self.first, self.known = row, known
        super().__init__(*args, initial=self._initial(row, known), **kwargs)
        titles = sorted({library.title for library in known.libraries.values()})
        self.fields["library"].choices = [("", "Choose a library"), *((title, title) for title in titles)]
        for name in ("kind", "reach"):  # what a spreadsheet misspelt is asked for, not replaced by the first choice
            if self.initial[name] not in dict(self.fields[name].choices):
                self.fields[name].choices = [("", f"“{self.initial[name][:40]}” isn’t one"), *self.fields[name].choices]
        for field in (self.fields["topics"], self.fields["audiences"]):
            field.widget.attrs["list"] = "topics" if field is self.fields["topics"] else "audiences"

    @staticmethod
    def _initial(row: Row, known: Known) -> dict:
        """The row's words as the choices spell them."""
        library = known.libraries.get(row.library.casefold())
        kinds, reaches = dict(ResourcePage.Kind.choices), dict(ResourcePage.Reach.choices)
        return {
            **row.cells(),
            "library": library.title if library else "",
            "kind": kinds.get(known.kinds.get(row.kind.casefold()), row.kind),
            "reach": reaches.get(known.reaches.get(row.reach.casefold()), row.reach),
        }

    def full_clean(self):
        """A row that is left out may be wrong."""
        super().full_clean()
        if self.is_bound and self.cleaned_data.get("leave_out"):
            self._errors.clear()

    def clean(self):
        cleaned = super().clean()
        if not self.errors and (sentence := documents_plan.complaint(self._as_row(cleaned), self.known, strict=True)):
            self.add_error(None, sentence)
        return cleaned

    def _as_row(self, cleaned: dict) -> Row:
        words = {name: cleaned[name] for name in documents_plan.COLUMNS if name in cleaned}
        return Row(file=self.first.file, notes=self.first.notes, **words)

    def row(self) -> Row | None:
        """The corrected row; None where it is left out."""
        return None if self.cleaned_data.get("leave_out") else self._as_row(self.cleaned_data)
