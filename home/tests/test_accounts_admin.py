"""Administrators' screens about accounts: somebody has left, a lost second step, who did what."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import Group, User
from django.core import mail as django_mail
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageSubscription
from wagtail.users.models import UserProfile

from dscp_cms import approvals, audit, draft_links, mail
from dscp_cms.accounts import partners
from dscp_cms.models import Agency, AuditEntry, DraftLink, OutgoingMail
from dscp_cms.testing.pages import front_page, make
from home import leaving, reviews, roles
from home.models import StandardPage
from news.models import Campaign
from news.tests import factories as news
from resources import watching
from resources.models import Watch
from resources.tests import factories as resources
from training import booking
from training.models import SessionDay, TrainingSession
from training.tests import factories as training

pytestmark = pytest.mark.django_db
Status = OutgoingMail.Status
PASSWORD = "a long unusual phrase"


@pytest.fixture
def groups():
    roles.sync()


def person(name, group="Editors"):
    user = User.objects.create_user(f"{name.lower()}@example.org", f"{name.lower()}@example.org", PASSWORD)
    user.first_name, user.last_name = "Delegate", name
    user.save()
    user.groups.add(Group.objects.get(name=group))
    return user


def test_what_somebody_answers_for_goes_to_another_in_one_step(client, groups, admin_user):
    one, two = person("One"), person("Two")
    page = make(StandardPage, front_page(), "Guide", review_owner=one)
    page.owner = one
    page.locked, page.locked_by, page.locked_at = True, one, timezone.now()
    page.save()
    page.save_revision(user=one)
    session = training.session(facilitator="Delegate One")
    there = Client()
    there.login(username=one.username, password=PASSWORD)
    assert there.get("/admin/").status_code == 200
    client.force_login(admin_user)
    address = reverse("person_left", args=[one.pk])
    shown = client.get(address).content.decode()
    assert "Guide" in shown and session.course.title in shown and "Delegate Two" in shown
    assert "Choose who takes over" in client.post(address, {"to": ""}).content.decode()
    assert client.post(address, {"to": two.pk}).status_code == 302
    page.refresh_from_db()
    session.refresh_from_db()
    assert (page.review_owner, page.owner, page.locked) == (two, two, False)
    assert page.get_latest_revision_as_object().review_owner == two
    assert session.facilitator == "Delegate Two"
    one.refresh_from_db()
    assert not one.is_active and not one.groups.exists()
    assert there.get("/admin/").status_code == 302
    assert set(AuditEntry.objects.filter(user=admin_user).values_list("action", flat=True)) == {
        "handed_over",
        "access_ended",
    }
    assert "closed already" in client.get(address).content.decode()


def test_nothing_of_theirs_is_forgotten_and_no_mail_follows_them(client, groups, admin_user):
    one, two = person("One", "Moderators"), person("Two", "Moderators")
    due = timezone.localdate() - timedelta(days=3)
    toolkit = resources.resource("Toolkit", review_owner=one, review_date=due)
    page = make(StandardPage, front_page(), "Later", review_owner=one)
    page.go_live_at = timezone.now() + timedelta(days=5)
    page.save_revision(user=one).publish(user=one)  # scheduled
    page.title = "Reworded"
    page.go_live_at = None
    page.review_owner = None
    page.save_revision(user=admin_user)
    waiting = news.news_item("Waiting", live=False)
    waiting.save_revision(user=one)
    waiting.get_workflow().start(waiting, one)
    PageSubscription.objects.create(user=one, page=waiting, comment_notifications=True)
    issue = news.issue("May")
    Campaign.objects.create(issue=issue, subject="May", created_by=one, status=Campaign.Status.SCHEDULED,
                            send_at=timezone.now() + timedelta(days=2))  # fmt: skip
    session = training.session(facilitator="Delegate One")
    training.session(facilitator="delegate one", days=-3)  # over: it was theirs, and stays so
    SessionDay.objects.filter(session=session).update(facilitator="Delegate One")
    client.force_login(admin_user)
    address = reverse("person_left", args=[one.pk])
    shown = client.get(address).content.decode()
    for words in (
        "Toolkit",
        "Reworded",
        "Waiting",
        "May",
        session.course.title,
        "published on a date",
        "with their reminders",
    ):
        assert words in shown, words
    client.post(address, {"to": two.pk})
    toolkit.refresh_from_db()
    assert toolkit.review_owner == two
    scheduled = page.revisions.get(approved_go_live_at__isnull=False)
    assert scheduled.content["review_owner"] == two.pk
    assert {day.facilitator for day in session.days.all()} == {"Delegate Two"}
    assert TrainingSession.objects.filter(facilitator__iexact="Delegate One").count() == 1
    # Reminders go to the other from now on, and approving or publishing alone tells the other only.
    monday = timezone.localtime().replace(hour=12) + timedelta(days=7 - timezone.localdate().weekday())
    assert reviews.write_to_owners(monday) == 1
    django_mail.outbox.clear()
    waiting.current_workflow_state.current_task_state.approve(user=two)
    approvals.publish_alone(issue, admin_user, "The conference is tomorrow.")
    assert set(OutgoingMail.objects.values_list("to", flat=True)) == {two.email}
    assert one.email not in {to for message in django_mail.outbox for to in message.to}
    assert not PageSubscription.objects.filter(user=one).exists()
    assert not client.get(address).context["owned"] or "published on a date" in client.get(address).content.decode()


def test_a_partner_who_was_staff_too_keeps_nothing(groups, admin_user):
    user = User.objects.create_user("both@example.org", "both@example.org")
    partners.invite(email=user.email, first_name="Delegate", last_name="Both", agency=Agency.objects.create(name="A"))
    user.groups.add(Group.objects.get(name="Moderators"))
    user.is_superuser = True
    user.save()
    totp.TOTP.activate(user, totp.generate_totp_secret())
    UserProfile.get_for_user(user)
    page = make(StandardPage, front_page(), "Guide")
    page.save_revision(user=user)
    link = draft_links.make_link(page, DraftLink.Kind.SHARE, user)
    leaving.leave(user, by=admin_user)
    user.refresh_from_db()
    link.refresh_from_db()
    assert not (user.is_active or user.is_superuser or user.groups.exists() or link.is_open)
    assert not Authenticator.objects.filter(user=user).exists()
    assert not UserProfile.objects.filter(user=user, submitted_notifications=True).exists()


def test_nobody_closes_their_own_account_or_the_last_administrators(groups, admin_user):
    other = User.objects.create_superuser("other@example.org", "other@example.org")
    with pytest.raises(ValidationError, match="your own"):
        leaving.leave(admin_user, by=admin_user)
    leaving.leave(other, by=admin_user)
    admin_user.refresh_from_db()
    with pytest.raises(ValidationError, match="only administrator"):
        leaving.leave(admin_user, by=other)


def test_what_is_owned_costs_no_query_a_page(groups, django_assert_max_num_queries):
    one = person("One")
    for number in range(12):
        make(StandardPage, front_page(), f"Guide {number}", review_owner=one)
    with django_assert_max_num_queries(35):  # one for each page type, and a few
        assert leaving.owned(one)[0].count == 12


def test_a_lost_second_step_is_taken_off_by_administrators_only(client, groups, admin_user):
    one = person("One")
    totp.TOTP.activate(one, totp.generate_totp_secret())
    address = reverse("reset_second_step", args=[one.pk])
    client.force_login(person("Moderator", "Moderators"))
    client.post(address)
    assert Authenticator.objects.filter(user=one).exists()
    client.force_login(admin_user)
    assert Authenticator.objects.filter(user=one).exists() and "Delegate One" in client.get(address).content.decode()
    client.post(address)
    assert not Authenticator.objects.filter(user=one).exists()
    listed = client.get(reverse("wagtailusers_users:index")).content.decode()
    assert "This person has left" in listed and "Take off second step" in listed


def test_the_report_tells_who_did_what(client, groups, admin_user, django_assert_max_num_queries):
    one = person("One", "Moderators")
    audit.record(audit.Action.EXPORTED, one, "Subscribers")
    page = make(StandardPage, front_page(), "Guide")
    page.save_revision(user=one).publish(user=one)
    client.force_login(one)
    assert client.get(reverse("who_did_what")).status_code == 302
    client.force_login(admin_user)
    shown = client.get(reverse("who_did_what")).content.decode()
    assert "Subscribers" in shown and "Guide" in shown and "Delegate One" in shown
    only = (
        client.get(reverse("who_did_what"), {"action": "exported", "user": one.pk})
        .content.decode()
        .split('class="listing"')[1]
    )
    assert "Subscribers" in only and "Guide" not in only
    for odd in ("?user=x&before=x", "?action=nothing", "?before=2026-01-01", f"?user={'9' * 40}"):
        assert client.get(reverse("who_did_what") + odd).status_code == 200
    for number in range(40):
        audit.record(audit.Action.SIGNED_IN, one, str(number))
    with django_assert_max_num_queries(25):
        client.get(reverse("who_did_what"))


def test_older_entries_are_a_step_away(client, admin_user):
    for number in range(101):
        audit.record(audit.Action.SIGNED_IN, admin_user, f"Number {number}")
    AuditEntry.objects.filter(what="Number 0").update(at=timezone.now() - timedelta(days=1))
    client.force_login(admin_user)
    first = client.get(reverse("who_did_what"))
    assert "Number 0<" not in first.content.decode() and first.context["older"]
    older = client.get(reverse("who_did_what"), {"before": first.context["older"]}).content.decode()
    assert "Number 0<" in older


@pytest.mark.django_db(transaction=True)
def test_mail_that_waits_for_a_leaver_is_taken_out(client, groups, admin_user, tasks_in_database):
    one, two = person("One"), person("Two")
    session, now = training.session(), timezone.now()
    toolkit = resources.resource("Toolkit")
    watching.confirm(watching.ask(one.email, toolkit).key)
    OutgoingMail.objects.all().delete()
    letter = {"kind": "test", "subject": "x", "text": "x"}
    waiting = mail.send(**letter, to="One@Example.org")
    later = mail.send(**letter, to=one.email, due=now + timedelta(days=1))
    held = mail.send(**letter, to=one.email, due=now - timedelta(days=1))
    under_way = mail.send(**letter, to=one.email)
    OutgoingMail.objects.filter(pk=under_way.pk).update(status=Status.SENDING, claimed_at=now)
    others = mail.send(**letter, to=two.email)
    booking.book(session.pk, training.person(email=one.email))  # which writes a letter too
    client.force_login(admin_user)
    shown = client.get(reverse("person_left", args=[one.pk])).content.decode()
    assert "aren’t sent yet: 4" in shown and "Their subscription" not in shown
    assert "Toolkit" in shown and session.course.title in shown
    client.post(reverse("person_left", args=[one.pk]), {"to": two.pk})
    OutgoingMail.objects.filter(pk=under_way.pk).update(status=Status.QUEUED)  # the server said: later
    call_command("db_worker", queue_name="*", batch=True, reload=False, startup_delay=False, verbosity=0)
    mail.release_held()
    mail.send_due()
    rows = OutgoingMail.objects.in_bulk()
    for row in (waiting, later, held):
        assert (rows[row.pk].status, rows[row.pk].error) == (Status.SUPPRESSED, leaving.NOT_SENT)
    assert rows[under_way.pk].status == Status.DROPPED
    assert rows[others.pk].status == Status.OUTBOX
    assert [row.to for row in rows.values() if row.status == Status.OUTBOX] == [two.email]
    assert not Watch.objects.exists()
    client.force_login(admin_user)
    listed = client.get(reverse("dscp_cms_outgoingmail_modeladmin_inspect", args=[waiting.pk])).content.decode()
    assert "the person has left" in listed


def test_mail_to_an_address_that_another_account_uses_stays(groups, admin_user):
    one, shared = person("One"), person("Two")
    User.objects.filter(pk=shared.pk).update(email=one.email)
    row = mail.send(kind="test", to=one.email, subject="x", text="x")
    leaving.leave(one, to=None, by=admin_user)
    row.refresh_from_db()
    assert row.status != Status.SUPPRESSED
