"""The purge: nothing personal is left after its time, the tables being read as they are; all figures stay."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from dscp_cms import clock, mail
from dscp_cms.models import OutgoingMail, Suppression
from dscp_cms.testing.pages import front_page, make
from home import purge, roles
from home.models import ContactMessage, ContactPage, RetentionSettings
from news.models import Campaign, Delivery, NewsletterIndexPage, NewsletterIssuePage, Subscriber
from training import evaluations, outcomes, reports, scheduling
from training.booking import book, cancel
from training.models import Booking, Moment, TrainingSettings
from training.tests import factories

pytestmark = pytest.mark.django_db

MONTH, DAY = purge.MONTH, timedelta(days=1)
SECRET = ("zebedee", "quillfeather", "07700 900456", "allergic to kiwi", "order-4711")


def raw() -> str:
    """Every text in every table, as the database has it."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not table.startswith(("training_", "news_", "home_", "dscp_cms_outgoing", "dscp_cms_suppression")):
                continue
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - the database's own names
            found += [f"{table}: {row}" for row in cursor.fetchall()]
    return "\n".join(found).casefold()


def delegate(number: int, **fields):
    details = {
        "name": f"Zebedee {number}",
        "email": f"zebedee.{number}@quillfeather.example.org",
        "manager_name": "Quillfeather Manager",
        "manager_email": "manager@quillfeather.example.org",
        "mobile": SECRET[2],
        "needs": SECRET[3],
        "agency_name": "Quillfeather and daughters",
        "order_number": SECRET[4],
        **fields,
    }
    return factories.person(number, **details)


def test_nothing_personal_is_left_and_the_reports_are_the_same(time_machine):
    session = factories.session(capacity=8)
    bookings = [book(session.pk, delegate(number)) for number in range(1, 9)]
    cancel(bookings[0].key)
    time_machine.move_to(session.ends_at + scheduling.THANKS_AFTER)
    came = Booking.objects.confirmed().exclude(pk=bookings[1].pk)
    for booking in came:
        outcomes.decide(booking.key, "attended", None, why="Quillfeather saw Zebedee")
    outcomes.decide(bookings[1].key, "not_attended", None, why="Quillfeather rang: Zebedee was ill")
    scheduling.finish_past()
    for booking in came:
        asked = {question.pk: 3 for question in evaluations.questions(booking, Moment.AFTER).filter(kind="scale")}
        words = {
            question.pk: "Thank you, Zebedee"
            for question in evaluations.questions(booking, Moment.AFTER).filter(kind="text")
        }
        evaluations.answer(booking.key, Moment.AFTER, {**asked, **words})
    period = reports.Period.of_months(*[timezone.localtime(session.starts_at).date()] * 2)
    assert all(word in raw() for word in SECRET)
    moment = session.ends_at + TrainingSettings.load().booking_months * MONTH + 40 * DAY
    time_machine.move_to(moment)
    before = reports.figures(period)
    assert (before.total.attended, before.total.not_attended, before.total.cancelled) == (6, 1, 1)
    assert before.evaluations.total.scored

    tried = purge.purge(dry_run=True)
    assert all(word in raw() for word in SECRET)
    done = purge.purge()
    assert done == tried
    assert not done.failed
    assert done.counts["names and addresses of bookings"] == 8
    assert done.counts["words in evaluations"] > 0
    left = raw()
    assert [word for word in SECRET if word in left] == []
    assert reports.figures(period) == before
    assert set(purge.purge().counts.values()) == {0}


def test_messages_go_when_dealt_with_and_e_mails_when_over(time_machine):
    conf = RetentionSettings.load()
    page = make(ContactPage, front_page(), "Contact", slug="contact")
    waiting, dealt = [
        ContactMessage.objects.create(page=page, form_data={"name": "Zebedee"}, handled_at=moment)
        for moment in (None, timezone.now())
    ]
    for status in OutgoingMail.Status:
        sent = mail.send(kind="test", to="zebedee@example.org", subject=status, text="Zebedee")
        OutgoingMail.objects.filter(pk=sent.pk).update(status=status)
    time_machine.move_to(timezone.now() + conf.mail_months * MONTH - DAY)
    assert set(purge.purge().counts.values()) == {0}
    time_machine.move_to(timezone.now() + 2 * DAY)
    assert purge.purge().counts["e-mails to single people"] == len(OutgoingMail.Status) - 2
    assert set(OutgoingMail.objects.values_list("status", flat=True)) == {"queued", "sending"}
    time_machine.move_to(dealt.handled_at + conf.message_months * MONTH + DAY)
    assert purge.purge().counts["messages from the contact page"] == 1
    assert ContactMessage.objects.get() == waiting


def test_the_newsletter_forgets_and_its_counts_stay(time_machine):
    conf = RetentionSettings.load()
    now = timezone.now()
    people = {
        name: Subscriber.objects.create(email=f"{name}@example.org", name="Zebedee", status=status, left_at=left)
        for name, status, left in (
            ("reads", "subscribed", None),
            ("pending", "pending", None),
            ("asked-again", "pending", None),
            ("left", "unsubscribed", now),
            ("left-later", "unsubscribed", now + 300 * DAY),
        )
    }
    index = make(NewsletterIndexPage, front_page(), "Newsletters", slug="newsletters")
    issue = make(NewsletterIssuePage, index, "May", slug="may", date=timezone.localdate())
    campaign = Campaign.objects.create(issue=issue, subject="May", html="", text="", status="finished", send_at=now)
    for person in people.values():
        Delivery.objects.create(campaign=campaign, subscriber=person, email=person.email, name="Zebedee", status="sent")
    time_machine.move_to(now + conf.pending_days * DAY + DAY)
    Subscriber.objects.filter(email__startswith="asked-again").update(confirmation_sent_at=timezone.now())
    assert purge.purge().counts["sign-ups that nobody confirmed"] == 1
    time_machine.move_to(now + conf.left_months * MONTH + DAY)
    done = purge.purge().counts
    assert (done["people who left the newsletter"], done["sign-ups that nobody confirmed"]) == (1, 1)
    assert set(Subscriber.objects.values_list("email", flat=True)) == {"reads@example.org", "left-later@example.org"}
    assert Suppression.objects.get().email == ""  # so that no old list adds them again
    time_machine.move_to(now + conf.delivery_months * MONTH + DAY)
    purge.purge()
    assert "example.org" not in raw().replace("reads@example.org", "")
    assert "zebedee" not in "".join(line for line in raw().splitlines() if line.startswith("news_delivery"))
    assert Delivery.objects.filter(campaign=campaign, status="sent").count() == len(people)


def test_the_command_counts_without_removing(time_machine):
    session = factories.session()
    book(session.pk, delegate(1))
    time_machine.move_to(session.ends_at + 100 * DAY)
    out = StringIO()
    call_command("purge_personal_data", "--dry-run", stdout=out)
    assert "      1  access and dietary needs" in out.getvalue()
    assert "Nothing was removed" in out.getvalue()
    assert Booking.objects.get().needs
    call_command("purge_personal_data", stdout=StringIO())
    assert not Booking.objects.get().needs


def test_the_clock_does_it_each_day():
    assert {job.name: job.every for job in clock.jobs()}["home.clock_jobs.purge_personal_data"] > 23 * timedelta(
        hours=1
    )


def test_moderators_set_how_long_it_is_kept(client):
    roles.sync()
    for group, status in (("Editors", 302), ("Moderators", 200)):
        user = User.objects.create_user(f"{group.lower()}@example.org", f"{group.lower()}@example.org", "x")
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        assert client.get("/admin/settings/home/retentionsettings/", follow=status == 200).status_code == status, group
    assert (
        "To be confirmed by the partnership."
        in client.get("/admin/settings/home/retentionsettings/", follow=True).content.decode()
    )
