"""Where django-allauth asks this site: who may try, what is written down, what is said and mailed."""

import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_hex

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth import authenticate
from django.urls import reverse

from dscp_cms import audit
from dscp_cms.accounts import letters, sessions, throttle
from dscp_cms.staff import STAFF

TOO_MANY = "There were too many tries. Wait a quarter of an hour and try again."
MISMATCH = "The e-mail address and the password don't match. Check both and try again."
ADDED = ("mfa/email/totp_activated", "mfa/email/webauthn_added")
WRONG_CODE = "This code is not right. Check it, or use the newest one."


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by administrators and partner managers; signing in is throttled by our own counts."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": MISMATCH,
        "incorrect_password": "This is not your password. Check it and try again.",
        "too_many_login_attempts": TOO_MANY,
        "incorrect_code": WRONG_CODE,
        "invalid_password_reset": "This link no longer works.",
    }

    def is_open_for_signup(self, request):
        return False

    def authenticate(self, request, **credentials):
        """The account, if the password is right and there weren't too many tries. Raises ValidationError."""
        email = credentials.get("email") or credentials.get("username") or ""
        if not throttle.may_try(request, throttle.PASSWORD, email):
            audit.record(audit.Action.SIGN_IN_STOPPED)
            raise self.validation_error("too_many_login_attempts")
        user = authenticate(request, email=email, password=credentials.get("password"))
        if user is None:
            audit.record(audit.Action.SIGN_IN_FAILED, what="wrong address or password")
        else:
            throttle.succeeded(request, throttle.PASSWORD, email)
        return user

    def post_login(self, request, user, **kwargs):
        response = super().post_login(request, user, **kwargs)
        throttle.remember_browser(request, response, user.email)
        audit.record(audit.Action.SIGNED_IN, user)
        return response

    def get_login_redirect_url(self, request):
        """Staff to the admin, partners to their pages, anybody else to the front page."""
        if request.user.has_perm(STAFF):
            return reverse("wagtailadmin_home")
        return reverse("partner_area") if hasattr(request.user, "partner") else "/"

    def is_reauthentication_required(self, *, app, **kwargs):
        """Who has just signed in needn't type the password again to add a second step."""
        request = context.request
        records = get_authentication_records(request, request.user)
        recent = records and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT
        return not recent and super().is_reauthentication_required(app=app, **kwargs)

    def add_message(self, request, level, message_template=None, message_context=None, extra_tags="", message=None):
        """Only what the person must act on; that one is signed in is plain to see."""
        if message and not message_template:
            super().add_message(request, level, extra_tags=extra_tags, message=message)

    def send_mail(self, template_prefix, email, facts):
        if template_prefix == "account/email/login_code":
            letters.send_code(email, facts["code"])
        elif template_prefix == "account/email/password_reset_key":
            letters.send_new_password_link(email, facts["password_reset_url"])

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """What changed goes to the account's own address, and into the audit log."""
        action = audit.Action.SECOND_FACTOR if template_prefix.startswith("mfa/") else audit.Action.PASSWORD_CHANGED
        audit.record(action, user, letters.CHANGES.get(template_prefix, ""))
        if template_prefix in ADDED:  # whoever signed in with the password alone signs in anew
            sessions.end_all(user, but=self.request.session.session_key if self.request else None)
        letters.send_change(email or user.email, template_prefix)

    def get_reset_password_from_key_url(self, key):
        address = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.PUBLIC_URL + address.replace("UID-KEY", key)


class SecondFactorAdapter(DefaultMFAAdapter):
    """The secrets of authenticator apps are kept encrypted, under a key derived from the site's own."""

    error_messages = {**DefaultMFAAdapter.error_messages, "incorrect_code": WRONG_CODE}

    def get_totp_issuer(self):
        return settings.WAGTAIL_SITE_NAME

    def _get_site_name(self):
        return settings.WAGTAIL_SITE_NAME

    def generate_authenticator_name(self, user, type):
        return "This device"

    def encrypt(self, text):
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        """What was encrypted; nothing that any code fits when the site's key was changed since."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return token_hex(16).upper().translate(str.maketrans("0189", "ABCD"))


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(urlsafe_b64encode(sha256(f"second factor {key}".encode()).digest())) for key in keys])
