"""The form of “tell me when this changes”."""

from django import forms

TRAPPED = "This was not sent, because a field that should stay empty was filled in. Empty it, and send again."


class WatchForm(forms.Form):
    """An address, and a trap for robots that people don't see. What it catches is told."""

    email = forms.EmailField(
        label="Your e-mail address",
        max_length=254,
        help_text="We send you an e-mail to confirm it.",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": "Enter your e-mail address.",
            "invalid": "Enter an e-mail address like name@example.org.",
        },
    )
    website = forms.CharField(required=False, max_length=200, label="Leave this empty", label_suffix="")

    def clean_website(self):
        if self.cleaned_data.get("website"):
            raise forms.ValidationError(TRAPPED)
        return ""
