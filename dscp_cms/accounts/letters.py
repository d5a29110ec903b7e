"""The messages about accounts: codes, new passwords, and what changed. All go through ``dscp_cms.mail``."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from dscp_cms import mail

ORGANISATION = "Durham Safeguarding Children Partnership"
NOT_YOU = "If this was not you, tell an administrator of the site at once."
CHANGES = {
    "account/email/password_reset": "Your password was changed.",
    "account/email/password_changed": "Your password was changed.",
    "account/email/password_set": "Your account now has a password.",
    "mfa/email/totp_activated": "An authenticator app was added to your account.",
    "mfa/email/totp_deactivated": "The authenticator app was taken off your account.",
    "mfa/email/recovery_codes_generated": "Your account has new recovery codes. Older ones no longer work.",
    "mfa/email/webauthn_added": "A passkey or security key was added to your account.",
    "account/email/second_step_reset": "An administrator took the second step of signing in off your account.",
    "mfa/email/webauthn_removed": "A passkey or security key was taken off your account.",
}


def send_code(to: str, code: str) -> None:
    """The code that a partner signs in with; of no use after a quarter of an hour."""
    minutes = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60
    _send(
        "sign-in code",
        to,
        f"Your code to sign in: {code}",
        f"Your code to sign in to the partner pages of the {ORGANISATION} is:\n\n    {code}\n\n"
        f"It works once, for {minutes} minutes, in the browser where you asked for it.\n\n"
        "If you did not ask for it, you need do nothing: without the code nobody can sign in. "
        "We never ask for the code by telephone or e-mail.\n",
        useful_for=timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT),
    )


def send_new_password_link(to: str, address: str) -> None:
    """The way to a new password."""
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    _send(
        "new password",
        to,
        "Choose a new password",
        f"Somebody, probably you, asked for a new password for the website of the {ORGANISATION}.\n\n"
        f"Choose it here:\n{address}\n\n"
        f"The link works once, for {hours} hours. If you did not ask for it, you need do nothing.\n",
        useful_for=timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    )


def send_change(to: str, prefix: str) -> None:
    """What changed about the account, so that its owner notices when it wasn't them."""
    if prefix in CHANGES:
        when = timezone.localtime()
        text = f"{CHANGES[prefix]}\n\nThis was on {when:%d/%m/%Y} at {when:%H:%M}. {NOT_YOU}\n"
        _send("account changed", to, CHANGES[prefix].rstrip("."), text)


def send_invitation(to: str, *, agency: str, by: str, address: str) -> None:
    """The invitation of a partner. It holds no secret: who has the mailbox can ask for a code."""
    who = f"{by} has" if by else "We have"
    _send(
        "partner invitation",
        to,
        f"Partner pages of the {ORGANISATION}",
        f"{who} invited you to the partner pages of the {ORGANISATION}, for {agency}.\n\n"
        f"Sign in here with this e-mail address:\n{address}\n\n"
        "There is no password. Each time, you are sent a code to type in.\n\n"
        "If you did not expect this, or no longer work there, please answer this message or ignore it.\n",
    )


def _send(kind: str, to: str, subject: str, text: str, useful_for: timedelta | None = None) -> None:
    drop_at = timezone.now() + useful_for if useful_for else None
    mail.send(kind=kind, to=to, subject=subject, text=text, urgent=True, drop_at=drop_at)
