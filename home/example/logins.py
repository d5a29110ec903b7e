"""A login for each role, with a random password that is written down once."""

import secrets
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction

ADMINISTRATOR = ("administrator@example.org", "Administrator", "may do everything")

# address, name, group, what it may do
ROLES = (
    ("editor@example.org", "Editor", "Editors", "writes and publishes news, events, courses and resources"),
    ("moderator@example.org", "Moderator", "Moderators", "publishes everything, also issues, plans and priorities"),
    ("contributor@example.org", "Contributor", "Contributors", "sends in drafts"),
    ("newsletter-manager@example.org", "Newsletter manager", "Newsletter managers", "subscribers, lists and drafts"),
    ("newsletter-sender@example.org", "Newsletter sender", "Newsletter senders", "sends the newsletter"),
    ("training@example.org", "Training team", "Training team", "sessions, bookings and registers"),
    ("partners@example.org", "Partner manager", "Partner managers", "accounts of partner agencies"),
)
PASSWORD_BYTES = 15


@transaction.atomic
def make_logins(path: Path) -> list[str]:
    """Make the logins that are missing, write them into the file, and return their lines, the administrator's first.

    An account that exists is left alone, and so is its password. The file is written before the accounts
    are committed, so that there is never an account whose password nobody knows.
    """
    lines = []
    if _free(ADMINISTRATOR[0]):
        lines.append(_make(*ADMINISTRATOR, is_superuser=True))
    for email, name, group_name, purpose in ROLES:
        group = Group.objects.filter(name=group_name).first()
        if group and _free(email):
            lines.append(_make(email, name, purpose, group=group))
    if lines:
        _write_down(path, lines)
    return lines


def _free(email: str) -> bool:
    return not get_user_model().objects.filter(username__iexact=email).exists()


def _make(email: str, name: str, purpose: str, group: Group | None = None, *, is_superuser: bool = False) -> str:
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    first, _, last = name.partition(" ")
    user = get_user_model().objects.create_user(
        email, email, password, first_name=first, last_name=last, is_superuser=is_superuser, is_staff=is_superuser
    )
    if group:
        user.groups.add(group)
    return f"{email:<32} {password}  ({name}: {purpose})"


def _write_down(path: Path, lines: list[str]) -> None:
    """Keep the lines of other accounts; replace a line left by a load that broke off."""
    addresses = {line.split()[0] for line in lines}
    kept = [line for line in path.read_text().splitlines() if line.split()[:1]] if path.exists() else []
    kept = [line for line in kept if line.split()[0] not in addresses]
    path.touch(mode=0o600)
    path.chmod(0o600)
    administrator_first = sorted([*kept, *lines], key=lambda line: line.split()[0] != ADMINISTRATOR[0])
    path.write_text("\n".join(administrator_first) + "\n")
