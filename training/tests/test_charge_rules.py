"""Which rule fits, what is said about money before anybody books, and that nothing is said without rules."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from dscp_cms.models import OutgoingMail
from dscp_cms.testing.pages import make
from training import booking, charge_rules, charges, tokens
from training.models import Charge, ChargeRule
from training.tests import factories
from training.tests.charging import (
    RULES,
    html,
    make_late,
    rule,
    team_account,
)
from training.tokens import Purpose

pytestmark = pytest.mark.django_db


def cancel_address(of) -> str:
    return f"{tokens.path(Purpose.MANAGE, tokens.make(Purpose.MANAGE, of))}{of.key}/cancel/"


# Which rule fits


def test_the_most_specific_rule_counts_then_the_latest():
    session = factories.session(hours=3)
    day = timezone.localtime(session.starts_at).date()

    def amount(kind: str):
        found = charge_rules.choose(charge_rules.fitting(session), "place", kind)
        return found and found.amount

    assert amount("school") is None
    rule("place", "10")
    rule("place", "11", valid_from=day)
    rule("place", "99", valid_from=day + timedelta(days=1))  # not yet
    assert amount("school") == amount("") == 11
    rule("place", "20", length="half_day", valid_from=date(2019, 1, 1))
    rule("place", "88", length="full_day")
    assert amount("school") == 20
    rule("place", "30", agency_kind="school", valid_from=date(2018, 1, 1))
    assert (amount("school"), amount("police"), amount("")) == (30, 20, 20)
    rule("place", "40", agency_kind="school", length="half_day", valid_until=day)
    assert amount("school") == 40
    rule("place", "41", agency_kind="school", length="half_day", valid_from=day, valid_until=day)
    assert amount("school") == 41
    ChargeRule.objects.filter(amount=41).delete()
    ChargeRule.objects.filter(amount=40).update(valid_until=day - timedelta(days=1))
    assert amount("school") == 30  # the one that was over gave way


@pytest.mark.parametrize(
    ("hours", "number", "length"),
    [(4, 1, "half_day"), (4.25, 1, "full_day"), (2, 2, "half_day"), (3, 2, "full_day")],
)
def test_half_a_day_is_four_hours_with_all_days_together(hours, number, length):
    assert charge_rules.length_of(factories.session(hours=hours, number=number)) == length


@pytest.mark.once
@pytest.mark.parametrize(
    ("amount", "words"),
    [("45", "£45.00"), ("1234.5", "£1,234.50"), ("-45", "-£45.00"), ("0.01", "£0.01")],
)
def test_amounts_are_written_as_people_write_them(amount, words):
    assert charge_rules.pounds(Decimal(amount)) == words


# What is said, and what isn't


def test_without_rules_nothing_is_said_about_money(client):
    session = factories.session(cancel_until=timezone.now() + timedelta(days=1))
    made = booking.book(session.pk, factories.person())
    make_late(session)
    pages = (f"/training/sessions/{session.pk}/", f"/training/sessions/{session.pk}/book/", cancel_address(made))
    for address in (*pages, f"/training/sessions/{session.pk}/book-team/"):
        page = html(client, address)
        assert "£" not in page and "may be charged" not in page and "order_number" not in page
    client.post(cancel_address(made))
    assert not charges.may_charge(session) and charges.propose_due() == 0 and not Charge.objects.exists()
    for mail in OutgoingMail.objects.all():
        assert "£" not in mail.text and "charged to" not in mail.text and "may be charged" not in mail.text


def test_with_rules_what_may_be_charged_is_shown_everywhere_before(client):
    school = factories.agency()
    factories.agency("Example Nursery", "early_years")
    rule("late_cancellation", "30")
    rule("late_cancellation", "10", agency_kind="school")
    rule("late_cancellation", "10", agency_kind="early_years")
    rule("non_attendance", "45", length="half_day")
    rule("place", "1250", agency_kind="other")
    session = factories.session(cancel_until=timezone.now() + timedelta(days=1))
    for name in ("", "book/", "book-team/"):
        page = " ".join(html(client, f"/training/sessions/{session.pk}/{name}").split())
        for words in (
            *("School or college, early years: <strong>£10.00</strong>", "Everybody else: <strong>£30.00</strong>"),
            *(
                "Not coming without having cancelled: <strong>£45.00</strong>",
                "Other kinds of agency: <strong>£1,250.00",
            ),
            "Everybody else: <strong>nothing</strong>",
        ):
            assert words in page, (name, words)
    made = booking.book(session.pk, factories.person(agency=school))
    text = OutgoingMail.objects.get(kind="training: confirmed").text
    assert "Cancelling after" in text and ": £10.00" in text and "£45.00" in text
    assert "£30.00" not in text and "£1,250.00" not in text and "A place" not in text
    before = html(client, cancel_address(made))
    assert "£" not in before
    make_late(session)
    late = html(client, cancel_address(made))
    assert late.index("Example Primary School may be charged £10.00") < late.index(
        '<button class="button button--danger"'
    )
    assert "since the time to cancel freely is over" in html(client, f"/training/sessions/{session.pk}/book/")


def test_who_pays_is_asked_and_kept_where_a_rule_may_charge(client):
    rule()
    session = factories.session(cancel_until=timezone.now() + timedelta(days=1))
    data = {
        **{"name": "Delegate One", "email": "delegate.one@example.org", "agency_name": "Example Nursery"},
        **{"job_title": "Practitioner", "manager_name": "Example Manager", "manager_email": "m@example.org"},
        **{"order_number": "PO 1", "finance_contact": "Invoices, finance@example.org", "manager_agrees": "on"},
    }
    response = client.post(f"/training/sessions/{session.pk}/book/", data)
    assert response.status_code == 302, response.context["form"].errors
    made = session.bookings.get()
    assert (made.order_number, made.finance_contact) == ("PO 1", "Invoices, finance@example.org")
    new = booking.substitute(made.key, factories.person(2, agency_name="Example Nursery"))
    assert new.order_number == "PO 1"  # the same agency pays


def test_a_late_cancellation_is_not_named_where_nothing_is_late(client):
    rule()
    session = factories.session(cancel_until=None)
    assert not charges.may_charge(session) and "£" not in html(client, f"/training/sessions/{session.pk}/")


def test_the_policy_page_lists_the_rules_and_no_other_page_does(client):
    catalogue = factories.catalogue()
    kind = apps.get_model("home.StandardPage")
    policy = make(kind, catalogue, "Charging policy", slug="charging-policy")
    other = make(kind, catalogue, "Venues", slug="venues")
    catalogue.charging_policy = policy
    catalogue.save()
    assert "What may be charged" not in html(client, policy.url)
    rule(amount="12.5", agency_kind="school", length="full_day", valid_until=timezone.localdate())
    rule(amount="77", valid_until=timezone.localdate() - timedelta(days=1))
    page = html(client, policy.url)
    assert "£12.50" in page and "School or college" in page and "Full day or longer" in page and "£77" not in page
    assert "£" not in html(client, other.url)


# Rules in the admin


@pytest.fixture
def team(client):
    client.force_login(team_account())
    return client


def typed(**fields) -> dict:
    return {
        "event": "place",
        "agency_kind": "",
        "length": "",
        "amount": "45.00",
        "valid_from": "01/04/2026",
        "valid_until": "",
        **fields,
    }


def test_the_team_adds_corrects_and_deletes_an_unused_rule(team):
    assert team.post(f"{RULES}create/", typed()).status_code == 302
    made = ChargeRule.objects.get()
    assert (made.amount, made.valid_from) == (Decimal("45.00"), date(2026, 4, 1))
    assert "£45.00" in html(team, RULES) and "Not yet" in html(team, RULES)
    assert team.post(f"{RULES}edit/{made.pk}/", typed(amount="46")).status_code == 302
    assert ChargeRule.objects.get().amount == 46
    assert "Change" in html(team, f"{RULES}inspect/{made.pk}/")
    assert team.post(f"{RULES}delete/{made.pk}/").status_code == 302
    assert not ChargeRule.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"amount": "-1"}, "amount", "above zero"),
        ({"amount": "0"}, "amount", "above zero"),
        ({"amount": "10000.01"}, "amount", "at most"),
        ({"amount": "99999999999999999999"}, "amount", "digits"),
        ({"amount": "1.005"}, "amount", "decimal places"),
        ({"amount": "NaN"}, "amount", "number"),
        ({"amount": "=1+1"}, "amount", "number"),
        ({"valid_until": "31/03/2026"}, "valid_until", "must not be before"),
        ({"valid_from": "31/02/2026"}, "valid_from", "valid date"),
        ({"agency_kind": "circus"}, "agency_kind", "valid choice"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_a_sentence(team, fields, field, words):
    response = team.post(f"{RULES}create/", typed(**fields))
    assert response.status_code == 200 and words in str(response.context["form"].errors[field])
    assert not ChargeRule.objects.exists()


def test_two_rules_from_the_same_day_are_refused_in_a_sentence(team):
    rule("place", valid_from=date(2026, 4, 1))
    response = team.post(f"{RULES}create/", typed())
    assert "There is a rule for the same from this day already" in str(response.context["form"].errors)
    assert team.post(f"{RULES}create/", typed(valid_from="02/04/2026")).status_code == 302  # the later one counts


def test_a_used_rule_is_neither_changed_nor_deleted_only_ended(team):
    used = rule()
    session = factories.session(cancel_until=timezone.now() + timedelta(days=1))
    made = booking.book(session.pk, factories.person())
    make_late(session)
    booking.cancel(made.key)
    assert used.is_used
    for name in ("edit", "delete"):
        assert team.post(f"{RULES}{name}/{used.pk}/", typed(amount="1")).status_code in {302, 403}
    assert ChargeRule.objects.get().amount == 45
    with pytest.raises(ProtectedError):
        used.delete()
    page = html(team, f"{RULES}inspect/{used.pk}/")
    assert "End it" in page and ">Change<" not in page and ">Delete<" not in page
    end = f"/admin/training-charging-rule/{used.pk}/end/"
    assert "must not be before the first" in team.post(end, {"valid_until": "31/12/2019"}).content.decode()
    written = ChargeRule.objects.get().changed_at
    assert team.post(end, {"valid_until": "31/12/2026"}).status_code == 302
    ended = ChargeRule.objects.get()
    assert (ended.valid_until, ended.changed_at) == (date(2026, 12, 31), written)


@pytest.mark.parametrize(
    "fields",
    [{"amount": "0"}, {"amount": "-5"}, {"amount": "10000.01"}, {"valid_until": date(2019, 12, 31)}],
)
def test_the_database_refuses_rules_that_make_no_sense(fields):
    with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
        rule(**fields)


def test_others_do_not_see_rules(client):
    from django.contrib.auth.models import Group

    team_account()
    editor = User.objects.create_user("editor@example.org", "editor@example.org", is_staff=True)
    editor.groups.add(Group.objects.get(name="Editors"))
    client.force_login(editor)
    rule()
    for address in (RULES, f"{RULES}create/", "/admin/training/charge/", "/admin/training-charges/export/"):
        assert client.get(address).status_code in {302, 403}
