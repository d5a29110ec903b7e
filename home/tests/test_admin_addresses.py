"""Every address of the admin is opened by every role: whoever isn't named here for it is turned away."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.urls import URLResolver, get_resolver

from home.roles import (
    CONTRIBUTORS,
    EDITORS,
    GROUPS,
    MODERATORS,
    NEWSLETTER_MANAGERS,
    NEWSLETTER_SENDERS,
    PARTNER_MANAGERS,
    TRAINING_TEAM,
)

ALL, NOBODY = set(GROUPS), set()  # nobody but administrators, who may open everything
EDITORIAL = {EDITORS, MODERATORS}
WRITERS = {CONTRIBUTORS, *EDITORIAL}
TRAINERS, INVITERS = {TRAINING_TEAM}, {PARTNER_MANAGERS}
MANAGERS, SENDERS = {NEWSLETTER_MANAGERS}, {NEWSLETTER_SENDERS}

# The first pattern that fits the whole address decides who may open it; an address that none fits fails the test.
WHO = [
    (re.compile(pattern), groups)
    for pattern, groups in (
        (r"|home/|login/|logout/|password_reset/.*|account/.*|failwhale/|test404/|\.\*/", ALL),
        (r"(modeladmin/)?jsi18n/|sprite/|dismissibles/|editing-sessions/.*|tag-autocomplete/.*|block-preview/", ALL),
        # Wagtail itself shows here only what somebody may see.
        (r"(images|documents)/chooser/.*|reports/site-history/.*|workflows/task_chooser/.*", ALL),
        (r"choose-.*|api/main/.*|bulk/.*|embeds/.*|help/.*|to-do/.*|snippets/(choose/.*)?", ALL),
        (r"pages/.*|starters/.*|reviews/.*|approval/.*", ALL),  # each page asks for rights on itself
        (r"(images|documents)/.*", WRITERS),
        (r"pictures/to-look-at/", WRITERS),
        (r"pictures/.*", {MODERATORS}),
        (r"reports/who-did-what/.*", NOBODY),
        (r"reports/(aging-pages|locked|unpublished|page-types-usage|workflow|workflow_tasks)/.*", WRITERS),
        (r"reports/(links|downloads|learning|yearly)/.*", ALL - INVITERS),
        (r"(users|groups|sites|collections|workflows|accounts)/.*", NOBODY),
        (r"forms/(results/)?", WRITERS),
        (r"redirects/.*|forms/.*", {MODERATORS}),
        (r"settings/.*", {MODERATORS, TRAINING_TEAM}),
        (r"snippets/dscp_cms/agency/.*", {*EDITORIAL, *TRAINERS, *INVITERS}),
        (r"snippets/dscp_cms/(topic|audience|glossaryterm|sitealert)/.*", EDITORIAL),
        (r"imports/.*|home/(wordpressterm|oldnewsletter)/.*", NOBODY),
        (r"home/(searchterm|promotedresult)/.*", EDITORIAL),
        (r"home/contribution/.*|contributions/.*", EDITORIAL),
        (r"home/contactmessage/.*|messages/.*|send-held-mail/", {MODERATORS}),
        (r"dscp_cms/partnerprofile/.*|partners/.*", INVITERS),
        (r"dscp_cms/outgoingmail/.*", {MODERATORS, *MANAGERS}),
        (r"dscp_cms/suppression/.*|news/subscriber/.*|subscribers/.*", MANAGERS),
        (r"news/mailinglist/.*", {*EDITORIAL, *MANAGERS}),
        (r"newsletter/(new|bulletin|<int:pk>/(new|check|call|test))/", {*WRITERS, *MANAGERS, *SENDERS}),
        (r"newsletter/.*", SENDERS),
        (r"training/.*|training-.*|programme/sessions/.*", TRAINERS),
        (r"programme/courses/.*", EDITORIAL),
        (r"resources/watch/.*", MANAGERS),
        (r"resources/(fileversion|upload)/.*|file-versions/.*", EDITORIAL),
    )
]

# Which row stands in an address that asks for one.
ROWS = {
    "training-booking": "training.booking",
    "training-certificate": "training.certificate",
    "training-day": "training.sessionday",
    "training-session": "training.trainingsession",
    "training-reports": "training.coursepage",
    "newsletter/sendings": "news.campaign",
    "newsletter": "news.newsletterissuepage",
    "file-versions": "resources.fileversion",
    "messages": "home.contactmessage",
    "contributions": "home.contribution",
    "partners": "dscp_cms.partnerprofile",
    "pictures": "dscp_cms.siteimage",
    "images": "dscp_cms.siteimage",
    "documents": "dscp_cms.sitedocument",
    "accounts": "auth.user",
    "users": "auth.user",
    "groups": "auth.group",
    "sites": "wagtailcore.site",
    "collections": "wagtailcore.collection",
    "workflows": "wagtailcore.workflow",
}
OPEN = re.compile(r"login/|password_reset/|failwhale/|jsi18n/|sprite/")  # without signing in
ARGUMENT = re.compile(r"<[^>]*>|\(\?P<[^>]*>[^)]*\)")


def addresses() -> Iterator[str]:
    """Each address below /admin/, with its arguments as patterns."""
    yield from sorted(set(_below(get_resolver().url_patterns, "")))


def _below(patterns, before: str) -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern).replace("^", "").replace("$", "")
        if isinstance(pattern, URLResolver):
            yield from _below(pattern.url_patterns, route)
        elif route.startswith("admin/"):
            yield route.removeprefix("admin/")


def who_may_open(route: str) -> set[str] | None:
    return next((groups for pattern, groups in WHO if pattern.fullmatch(route)), None)


def opened(route: str) -> str | None:
    """The address of a real row; None where it takes more than one."""
    wanted = ARGUMENT.findall(route)
    if not wanted:
        return None if "(" in route or "*" in route else route
    label = next((label for start, label in ROWS.items() if route.startswith(f"{start}/")), None)
    found = re.match(r"(?:snippets/)?(\w+)/(\w+)/", route)
    if (
        label is None
        and found
        and (found[1], found[2]) in {(m._meta.app_label, m._meta.model_name) for m in apps.get_models()}
    ):
        label = f"{found[1]}.{found[2]}"
    row = apps.get_model(label).objects.order_by("pk").first() if label and len(wanted) == 1 else None
    return ARGUMENT.sub(str(row.pk), route) if row else None


def is_open(client: Client, address: str) -> bool:
    """Whether the screen, or the file, is shown."""
    return client.get(f"/admin/{address}").status_code == 200


def test_every_address_is_classified():
    assert [route for route in addresses() if who_may_open(route) is None] == []


@pytest.mark.once
@pytest.mark.django_db
def test_every_address_turns_others_away():
    call_command("sync_roles", verbosity=0)
    call_command("load_example_site", verbosity=0)
    asked = [(route, found) for route in addresses() if (found := opened(route)) is not None]
    assert len(asked) > 200
    anonymous = Client()
    assert [address for _route, address in asked if not OPEN.match(address) and is_open(anonymous, address)] == []
    wrong = []
    for group in GROUPS:
        address = f"{group.replace(' ', '.').lower()}@example.com"
        somebody = User.objects.create_user(address, address)
        somebody.groups.add(Group.objects.get(name=group))
        client = Client()
        client.force_login(somebody)
        wrong += [f"{group}: {a}" for route, a in asked if group not in who_may_open(route) and is_open(client, a)]
    assert wrong == []
