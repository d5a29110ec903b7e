"""The public form by which agencies send something in, and the staff's form to decline it."""

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from dscp_cms.upload_checks import check_content
from home import contributions
from home.models import Contribution

TRAP = "website"  # a field that people don't see and robots fill in
LARGEST = 20 * 1024 * 1024  # bytes; less than staff may upload
AGAIN = " Your file has to be chosen again."


def _text(label: str, required: str = "", **options) -> forms.CharField:
    autocomplete = {"autocomplete": options.pop("autocomplete")} if "autocomplete" in options else {}
    widget = options.pop("widget", None) or forms.TextInput(attrs=autocomplete)
    errors = {"required": required} if required else {}
    return forms.CharField(label=label, required=bool(required), widget=widget, error_messages=errors, **options)


def _day(label: str, help_text: str) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    errors = {"invalid": f"Enter “{label}” as a date, like 27/03/2026."}
    return forms.DateField(label=label, help_text=help_text, required=False, widget=widget, error_messages=errors)


class ContributionForm(forms.Form):
    """A news item, an event or a resource, and whom to ask about it."""

    kind = forms.ChoiceField(
        label="What are you sending?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you are sending.", "invalid_choice": "Choose one of these."},
    )
    title = _text("Title", "Enter a title.", max_length=150)
    summary = _text(
        "In one or two sentences",
        "Say in one or two sentences what it is about.",
        max_length=300,
        help_text="Shown in lists and in the newsletter.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    text = _text(
        "The text",
        "Enter the text.",
        max_length=10_000,
        help_text="Plain text. Leave an empty line between paragraphs. Don’t name children or families.",
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    start_date = _day("First day of the event", "For an event only.")
    end_date = _day("Last day of the event", "If it lasts longer than one day.")
    place = _text("Where the event is", max_length=200, help_text="With town and postcode, or “online”.")
    link = forms.URLField(
        label="Web address",
        required=False,
        assume_scheme="https",
        max_length=200,
        help_text="A page with more, or the resource itself.",
        error_messages={"invalid": "Enter a web address like https://www.example.org/page"},
    )
    file = forms.FileField(label="File", required=False, max_length=120)
    expires = _day("Take it down after", "The last day that it is of use. Leave empty if it has none.")
    name = _text("Your name", "Enter your name.", max_length=120, autocomplete="name")
    agency = _text("Your organisation", "Enter your organisation.", max_length=160, autocomplete="organization")
    email = forms.EmailField(
        label="Your e-mail address",
        help_text="We write to you about this only. It isn’t published.",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": "Enter your e-mail address.",
            "invalid": "Enter an e-mail address like name@example.org.",
        },
    )
    telephone = _text("Your telephone number", max_length=40, autocomplete="tel")
    website = forms.CharField(required=False, max_length=200, label="Leave this empty")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        open_kinds = contributions.parents()
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in Contribution.Kind if kind in open_kinds]
        kinds = "PDF, Word, PowerPoint, Excel and the like"
        self.fields["file"].help_text = f"If there is one: {kinds}, up to {filesizeformat(LARGEST)}."

    @property
    def fields_shown(self) -> list:
        """Every field but the trap, which the template places out of sight."""
        return [field for field in self.visible_fields() if field.name != TRAP]

    def clean_website(self):
        if self.cleaned_data.get(TRAP):
            raise forms.ValidationError(
                "This was not sent, because a field that should stay empty was filled in. Empty it, and send again."
            )
        return ""

    def clean(self):
        cleaned = super().clean()
        kind, today = cleaned.get("kind"), timezone.localdate()
        start, end, expires = (cleaned.get(name) for name in ("start_date", "end_date", "expires"))
        if kind == Contribution.Kind.EVENT:
            if not start and "start_date" not in self.errors:
                self.add_error("start_date", "Enter the first day of the event.")
            elif end and start and end < start:
                self.add_error("end_date", "The last day of the event comes before the first.")
        if expires and expires < today:
            self.add_error("expires", "This day is over. Enter a later one, or leave it empty.")
        if kind == Contribution.Kind.RESOURCE and not cleaned.get("file") and not cleaned.get("link"):
            if not {"file", "link"} & set(self.errors):
                self.add_error("file", "Choose a file, or enter a web address: a resource needs one of them.")
        self._check_file(cleaned.get("file"))
        return cleaned

    def _check_file(self, file) -> None:
        """Looking into a file takes a while, so what else is wrong is said first."""
        if file is None:
            return
        most = min(LARGEST, settings.SITE_DOCUMENT_MAX_SIZE)
        if file.size > most:
            self.add_error("file", f"The file is larger than {filesizeformat(most)}. Send us its web address instead.")
        elif self.errors:
            self.add_error("file", f"Something else has to be put right first.{AGAIN}")
        else:
            try:
                check_content(file)
            except forms.ValidationError as error:
                self.add_error("file", error)


class DeclineForm(forms.Form):
    """What the sender is told."""

    words = forms.CharField(
        label="What we write to them",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="It is mailed under “Thank you for what you sent in … We can’t use it.”",
        error_messages={"required": "Say why, in a sentence or two: it is mailed to the sender."},
    )
