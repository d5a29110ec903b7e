"""The forms of signing in: allauth's, with our words, our limits, and one way to find an account: by its name."""

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as second_step_forms
from allauth.mfa.totp import forms as app_forms
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.contrib.auth import get_user_model

from dscp_cms.accounts import throttle
from dscp_cms.accounts.adapter import TOO_MANY
from dscp_cms.models import PartnerProfile

ENTER_EMAIL = "Enter your e-mail address."
LIKE_AN_ADDRESS = "Enter an e-mail address in the correct form, like name@example.org"


def plain(form, labels: dict[str, str] | None = None) -> None:
    """Take placeholders out, since they vanish as one types, and name the fields in our words."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        field.label = (labels or {}).get(name, field.label)
        if isinstance(field, forms.EmailField):
            field.label = "E-mail address"
            field.error_messages.update(required=ENTER_EMAIL, invalid=LIKE_AN_ADDRESS)
            field.widget.attrs.update(autocomplete="username", autocapitalize="none", spellcheck="false")
        if name == "code":
            field.error_messages["required"] = "Enter the code."
            field.widget.attrs.update(autocomplete="one-time-code", autocapitalize="characters", spellcheck="false")


class SignInForm(account_forms.LoginForm):
    """E-mail address and password of staff."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        plain(self, {"password": "Password"})
        self.fields["password"].error_messages["required"] = "Enter your password."
        self.fields["password"].help_text = ""

    def add_prefix(self, field_name):
        """The address is the account's name, and browsers that keep passwords look for it by this word."""
        return "username" if field_name == "login" else super().add_prefix(field_name)


class PartnerSignInForm(account_forms.RequestLoginCodeForm):
    """The address that a partner is sent a code at. Known or not, the answer is the same."""

    def __init__(self, *args, request=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        plain(self)

    def clean_email(self):
        email = self.cleaned_data["email"].strip().lower()
        if not throttle.may_try(self.request, throttle.CODE, email):
            raise forms.ValidationError(TOO_MANY, code="too_many_login_attempts")
        profile = PartnerProfile.objects.current().filter(user__username=email).select_related("user").first()
        self._user = profile.user if profile else None
        return email


class CodeForm(account_forms.ConfirmLoginCodeForm):
    """The code that was mailed."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        plain(self, {"code": "Code from the e-mail"})


class NewPasswordForm(account_forms.ResetPasswordForm):
    """Asks for a link to a new password. Only accounts that sign in with one are sent it."""

    def __init__(self, *args, request=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        plain(self)

    def clean_email(self):
        email = self.cleaned_data["email"].strip().lower()
        if not throttle.may_try(self.request, throttle.RESET, email):
            raise forms.ValidationError(TOO_MANY, code="too_many_login_attempts")
        accounts = get_user_model().objects.filter(username=email, is_active=True, partner=None)
        self.users = [user for user in accounts if user.has_usable_password()]
        return email


class SetPasswordForm(account_forms.ResetPasswordKeyForm):
    """The new password, twice."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        plain(self, {"password1": "New password", "password2": "New password again"})
        self.fields["password1"].help_text = "At least 12 characters. Three unusual words together are a good one."
        self.fields["password1"].error_messages["required"] = "Enter a new password."
        self.fields["password2"].error_messages["required"] = "Enter the new password again."


class ReauthenticateForm(account_forms.ReauthenticateForm):
    """The password once more, before something about the account is changed."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        plain(self, {"password": "Password"})
        self.fields["password"].help_text = ""
        self.fields["password"].error_messages["required"] = "Enter your password."


class _Throttled:
    """A code of six digits could be guessed: few tries in a quarter of an hour."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        plain(self, {"code": "Code"})

    def clean_code(self):
        if not throttle.may_try_second_step(self.user):
            raise forms.ValidationError(TOO_MANY, code="too_many_login_attempts")
        self.cleaned_data["code"] = "".join(self.cleaned_data["code"].split())
        code = super().clean_code()
        throttle.second_step_succeeded(self.user)
        return code


class SecondStepForm(_Throttled, second_step_forms.AuthenticateForm):
    """The code from the authenticator app, or a recovery code."""


class SecondStepAgainForm(_Throttled, second_step_forms.ReauthenticateForm):
    """The same, before something about the account is changed."""


class AddAppForm(_Throttled, app_forms.ActivateTOTPForm):
    """The first code of a new authenticator app."""


class AddPasskeyForm(passkey_forms.AddWebAuthnForm):
    """A passkey or a security key, and what the person calls it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        plain(self, {"name": "What you call it"})
        self.fields["name"].help_text = "Such as “work laptop” or “blue key”."
        alone = self.fields["passwordless"]
        alone.label, alone.initial = "Sign in with it alone, without the password", True
        alone.help_text = "Your device then checks your finger, face or PIN. Untick it for an older security key."
