"""Every address of the admin is opened by every role: whoever isn't named here for it is turned away."""

import re
from contextlib import contextmanager

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.test import Client

from home import bench_admin
from home.models import ImportRun
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
        # Each page asks for rights on itself; contributors change their own only.
        (r"pages/<int:\w+>/(results/|revisions/|add_subpage/)?|pages/(add/.*|choose-.*|search/.*)", ALL),
        (r"pages/workflow/confirm_cancellation/.*", ALL),  # a question, which nothing comes of
        (r"pages/.*<.*|approval/.*|reviews/.*<.*", EDITORIAL),
        (r"pages/.*|starters/.*|reviews/", ALL),
        (r"(images|documents)/.*", WRITERS),
        (r"pictures/to-look-at/", WRITERS),
        (r"pictures/.*", {MODERATORS}),
        (r"reports/who-did-what/.*", NOBODY),
        (r"calendar/", {*WRITERS, *SENDERS}),
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

WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)
AWAY = re.compile(r"/admin/($|login/)")
# What the jobs behind the forms ask for most.
SENT = {
    "why": "Because it must be so.",
    "note": "Because it must be so.",
    "confirmed": "1",
    "confirm": "yes",
    "do": "publish",
}
OPEN = re.compile(r"login/|password_reset/|failwhale/|jsi18n/|sprite/")  # without signing in


def who_may_open(route: str) -> set[str] | None:
    return next((groups for pattern, groups in WHO if pattern.fullmatch(route)), None)


def is_open(client: Client, address: str) -> bool:
    """Whether the screen, or the file, is shown."""
    return client.get(f"/admin/{address}").status_code == 200


@contextmanager
def what_is_written():
    """What is written to the database, but for the session, in which a sentence for the person may stand."""
    written = []

    def note(execute, sql, params, many, context):
        if WRITES.match(sql) and "django_session" not in sql:
            written.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield written


def refused(client: Client, address: str) -> bool:
    """Whether a form that is sent there is turned away and changes nothing."""
    with what_is_written() as written:
        answer = client.post(f"/admin/{address}", SENT)
    away = answer.status_code in {400, 403, 404, 405} or (answer.status_code == 302 and AWAY.match(answer.url))
    return bool(away) and not written


def test_every_address_is_classified():
    assert [route for route in bench_admin.addresses() if who_may_open(route) is None] == []


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("step", [8, pytest.param(1, marks=pytest.mark.scale)], ids=["in turn", "all"])
def test_every_address_turns_others_away_and_costs_little(small_pictures, settings, step):
    call_command("sync_roles", verbosity=0)
    call_command("load_example_site", verbosity=0)
    ImportRun.objects.create(kind=ImportRun.Kind.WORDPRESS)
    # The last row of each: the first page is the root, which Wagtail's own screens don't all expect.
    asked = [(route, found[-1]) for route in bench_admin.addresses() if (found := bench_admin.opened(route))]
    assert len(asked) > 200
    # Each role opens, and sends a form to, every eighth address, others than the role before; all of them at scale.
    anonymous = Client()
    closed = [address for _route, address in asked if not OPEN.match(address)]
    assert [address for address in closed if is_open(anonymous, address)] == []
    assert [address for address in closed[::step] if not refused(anonymous, address)] == []
    wrong, screens = [], list(bench_admin.screens())
    settings.SECOND_FACTOR_REQUIRED = True  # as on a real site: it costs a query
    for number, group in enumerate(GROUPS):
        address = f"{group.replace(' ', '.').lower()}@example.com"
        somebody = User.objects.create_user(address, address)
        somebody.groups.add(Group.objects.get(name=group))
        Authenticator.objects.create(user=somebody, type=Authenticator.Type.TOTP, data={})
        client = Client()
        client.force_login(somebody)
        some = [(route, a) for route, a in asked[number % step :: step] if group not in who_may_open(route)]
        wrong += [f"{group}: {a}" for _route, a in some if is_open(client, a)]
        wrong += [f"{group} sends a form: {a}" for _route, a in some if not refused(client, a)]
        assert costs_little(somebody, screens[number % step :: step])
    assert wrong == []
    administrator = User.objects.filter(is_superuser=True).first()
    Authenticator.objects.create(user=administrator, type=Authenticator.Type.TOTP, data={})
    assert costs_little(administrator, screens) > 150


def costs_little(somebody, screens) -> int:
    """No screen of ours that opens to this account takes more queries than it may; how many opened."""
    figures = bench_admin.measure(rounds=0, user=somebody, urls=screens)
    dear = {figure.url: figure.queries for figure in figures if figure.queries > bench_admin.LIMIT_QUERIES}
    assert dear == {}, somebody
    return len(figures)
