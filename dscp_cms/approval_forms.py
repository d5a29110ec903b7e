"""Forms of approval: what staff ask for, and what somebody without an account answers."""

from collections.abc import Collection

from django import forms

from dscp_cms.models import Approval


class AskForm(forms.Form):
    """Asks somebody to approve. The link is mailed to them and shown to nobody else, or anyone could answer it."""

    email = forms.EmailField(
        label="Their e-mail address",
        help_text="We mail the link there. It is theirs alone, so you won’t see it here.",
        error_messages={
            "required": "Enter the e-mail address of whoever is to approve it.",
            "invalid": "Enter an e-mail address like name@example.org.",
        },
    )

    def __init__(self, *args, not_these: Collection[str] = (), **kwargs):
        self.not_these = {address.lower() for address in not_these}
        super().__init__(*args, **kwargs)

    def clean_email(self) -> str:
        """Nobody asks themselves, nor whoever changed the words."""
        email = self.cleaned_data["email"]
        if email.lower() in self.not_these:
            raise forms.ValidationError(
                "Ask somebody else: this is your own address, or that of somebody who has changed the draft."
            )
        return email


class ShareForm(forms.Form):
    """Makes a link for reading; with an address it is mailed."""

    email = forms.EmailField(
        required=False,
        label="Their e-mail address",
        help_text="We mail the link there. Leave it empty to copy the link yourself.",
        error_messages={"invalid": "Enter an e-mail address like name@example.org, or leave it empty."},
    )


class AloneForm(forms.Form):
    """Why it can't wait."""

    reason = forms.CharField(
        min_length=10,
        max_length=500,
        label="Why it can’t wait",
        help_text="Kept with the page, and mailed to the Moderators.",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": "Say in a sentence why it can’t wait for a second person.",
            "min_length": "Say in a sentence why it can’t wait for a second person.",
        },
    )


class AnswerForm(forms.Form):
    """Approve, or ask for changes with a reason."""

    name = forms.CharField(
        max_length=120,
        label="Your name",
        help_text="It is kept with this draft, so that the team knows who answered.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Enter your name."},
    )
    decision = forms.ChoiceField(
        choices=[
            (Approval.Decision.APPROVED, "Approve: it can go out as it is"),
            (Approval.Decision.CHANGES, "Ask for changes"),
        ],
        label="Can it go out?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose “Approve” or “Ask for changes”."},
    )
    words = forms.CharField(
        required=False,
        max_length=2000,
        label="What should change",
        help_text="Needed if you ask for changes.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("decision") == Approval.Decision.CHANGES and not cleaned.get("words", "").strip():
            self.add_error("words", "Say what should change.")
        return cleaned
