"""The jobs of subscribing: who gets what, and what is written down about it."""

import json
import time
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from dscp_cms import mail, suppression
from dscp_cms.models import Agency, OutgoingMail, Suppression, Topic
from dscp_cms.testing.scale import size
from news import sample, subscriber_records, subscribers
from news.consent_wording import wording
from news.models import Consent, MailingList, Membership, Subscriber
from news.subscribers import Answer, RefusedError
from news.tests.memory import peak
from news.tests.people import a_list, subscribed

pytestmark = pytest.mark.django_db
Status, Reason = Subscriber.Status, Suppression.Reason


def history(subscriber) -> list[str]:
    return list(subscriber.consents.order_by("pk").values_list("kind", flat=True))


def test_the_first_lists_are_there():
    assert list(MailingList.objects.values_list("slug", flat=True)) == ["newsletter", "training-updates"]


def test_signing_up_asks_first_and_writes_both_steps_down():
    asked_at = timezone.now() - timedelta(hours=1)
    with time_machine.travel(asked_at, tick=False):
        reader = subscribers.ask_to_confirm(
            "Reader@Example.org", lists=["newsletter"], name="Delegate One", agency="Example Primary School"
        )
    assert (reader.status, reader.name, reader.lists.count()) == (Status.PENDING, "", 0)
    assert not subscribers.recipients(MailingList.objects.all()).exists()
    assert subscribers.confirm(reader) == Answer.DONE
    reader.refresh_from_db()
    assert (reader.status, reader.name, reader.agency_name) == (
        Status.SUBSCRIBED,
        "Delegate One",
        "Example Primary School",
    )
    asked, confirmed = reader.consents.order_by("pk")
    assert (asked.kind, asked.at, asked.lists) == ("asked", asked_at, "newsletter")
    assert (confirmed.kind, confirmed.lists, confirmed.wording) == ("confirmed", "newsletter", wording())
    assert confirmed.at > asked.at and confirmed.wording_version and confirmed.digest == reader.digest
    assert list(subscribers.recipients(MailingList.objects.all())) == [reader]


def test_an_agency_in_the_list_is_found_by_its_name():
    school = Agency.objects.create(name="Example Primary School", kind="school")
    assert subscribed(agency=" example  primary SCHOOL ").agency == school


def test_one_mail_a_day_whose_link_confirms_what_was_asked_last():
    first = subscribers.ask_to_confirm("reader@example.org", lists=["newsletter"])
    subscribers.ask_to_confirm("READER@example.org", lists=["training-updates"])
    assert OutgoingMail.objects.count() == Subscriber.objects.count() == 1
    subscribers.confirm(first)
    assert list(first.lists.values_list("slug", flat=True)) == ["training-updates"]
    assert history(first) == ["asked", "asked", "confirmed"]
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        subscribers.ask_to_confirm("reader@example.org", lists=["newsletter"])
    assert OutgoingMail.objects.count() == 2


def test_nothing_changes_for_a_subscriber_whose_address_somebody_else_types():
    reader = subscribed(name="Delegate One")
    subscribers.ask_to_confirm(reader.email, lists=["training-updates"], name="Somebody Else")
    reader.refresh_from_db()
    assert (reader.status, reader.name, reader.lists.get().slug) == (Status.SUBSCRIBED, "Delegate One", "newsletter")


def test_confirming_twice_changes_nothing_and_an_old_link_revives_nobody():
    reader = subscribed()
    assert subscribers.confirm(reader) == Answer.ALREADY
    subscribers.leave(reader, source="unsubscribe link")
    assert subscribers.confirm(reader) == Answer.USED
    reader.refresh_from_db()
    assert reader.status == Status.UNSUBSCRIBED
    assert history(reader) == ["asked", "confirmed", "withdrawn"]


def test_leaving_takes_off_every_list_once():
    reader = subscribed("reader@example.org", a_list(), a_list("training-updates"))
    assert subscribers.leave(reader, source="unsubscribe link") is True
    assert subscribers.leave(reader, source="unsubscribe link") is False
    reader.refresh_from_db()
    assert (reader.status, reader.lists.count()) == (Status.UNSUBSCRIBED, 0)
    assert reader.left_at
    assert reader.consents.get(kind="withdrawn").lists == "newsletter training-updates"
    assert not Suppression.objects.exists()


def test_leaving_never_stops_mail_about_bookings():
    reader = subscribed()
    subscribers.leave(reader, source="unsubscribe link")
    booking = mail.send(kind="booking", to=reader.email, subject="Your place", text="See you there.")
    mail.deliver(booking.pk)
    booking.refresh_from_db()
    assert booking.status == OutgoingMail.Status.OUTBOX


@pytest.mark.parametrize(
    ("reason", "lifted"),
    [(Reason.BOUNCE, True), (Reason.REQUEST, True), (Reason.ERASED, True), (Reason.COMPLAINT, False)],
)
def test_ones_own_sign_up_lifts_a_suppression_but_no_complaint_silently(reason, lifted):
    suppression.suppress("reader@example.org", reason)
    reader = subscribers.ask_to_confirm("reader@example.org", lists=["newsletter"])
    message = OutgoingMail.objects.get()
    assert mail.deliver(message.pk) == OutgoingMail.Status.OUTBOX  # else nobody could ever lift a bounce
    assert suppression.suppression_of("reader@example.org")
    assert subscribers.confirm(reader) == (Answer.DONE if lifted else Answer.COMPLAINT)
    assert (suppression.suppression_of("reader@example.org") is None) is lifted
    assert subscribers.recipients([a_list()]).exists() is lifted
    if not lifted:
        assert subscribers.confirm(reader, complaint_too=True) == Answer.DONE
        assert subscribers.recipients([a_list()]).exists()
        assert "marked as unwanted" in reader.consents.get(kind="confirmed").source


def test_recipients_are_subscribed_on_the_list_and_not_suppressed():
    newsletter, training = a_list(), a_list("training-updates")
    on_both = subscribed("both@example.org", newsletter, training)
    on_one = subscribed("one@example.org", training)
    left = subscribed("left@example.org", newsletter)
    subscribers.leave(left, source="unsubscribe link")
    subscribers.ask_to_confirm("pending@example.org", lists=["newsletter"])
    subscribed("stopped@example.org", newsletter)
    suppression.suppress("STOPPED@example.org ", Reason.REQUEST)
    assert list(subscribers.recipients([newsletter])) == [on_both]
    assert list(subscribers.recipients([newsletter, training])) == [on_both, on_one]
    assert list(subscribers.recipients([])) == []


def test_recipients_are_narrowed_by_agency_and_topic():
    school = Agency.objects.create(name="Example Primary School", kind="school")
    neglect, online = Topic.objects.create(name="Neglect"), Topic.objects.create(name="Online safety")
    one = subscribed("one@example.org", agency=school.name)
    two = subscribed("two@example.org")
    one.topics.set([neglect, online])
    two.topics.set([neglect])
    assert list(subscribers.recipients([a_list()], agencies=[school])) == [one]
    assert list(subscribers.recipients([a_list()], topics=[neglect, online])) == [one, two]
    assert list(subscribers.recipients([a_list()], agencies=[school], topics=[online])) == [one]


def test_the_digest_follows_the_address_however_it_is_written():
    (made,) = Subscriber.objects.bulk_create([Subscriber(email="A@example.org")])
    assert made.digest == suppression.digest("a@example.org")
    Subscriber.objects.filter(pk=made.pk).update(email="b@example.org")
    made.refresh_from_db()
    assert made.digest == suppression.digest("b@example.org")
    made.email = "c@example.org"
    made.save(update_fields=["email"])
    assert Subscriber.objects.with_address("C@EXAMPLE.ORG").get() == made


@pytest.mark.scale
def test_many_recipients_are_read_in_bounded_memory_and_time():
    many, newsletter = size(100_000), a_list()
    for start in range(0, many, 5000):
        made = Subscriber.objects.bulk_create(
            [Subscriber(email=f"d{n}@example.org", status=Status.SUBSCRIBED) for n in range(start, start + 5000)]
        )
        Membership.objects.bulk_create([Membership(subscriber=each, mailing_list=newsletter) for each in made])
    started = time.monotonic()
    rows = subscribers.recipients([newsletter]).values_list("pk", "email", "name").iterator(chunk_size=2000)
    with peak() as memory:
        assert sum(1 for _row in rows) == many
    assert time.monotonic() - started < 10
    assert memory.megabytes < 20


def test_changing_lists_says_which_were_joined_and_which_left():
    newsletter, training = a_list(), a_list("training-updates")
    reader = subscribed("reader@example.org", newsletter)
    assert subscribers.change_lists(reader, [training], source="own page") == Answer.DONE
    assert reader.lists.get() == training
    last, before = reader.consents.order_by("-pk")[:2]
    assert (before.kind, before.lists) == ("withdrawn", "newsletter")
    assert (last.kind, last.lists, last.wording) == ("changed", "training-updates", wording())
    assert subscribers.change_lists(reader, [training], source="own page") == Answer.ALREADY
    assert subscribers.change_lists(reader, [], source="own page") == Answer.DONE
    reader.refresh_from_db()
    assert reader.status == Status.UNSUBSCRIBED
    assert subscribers.change_lists(reader, [newsletter], source="own page") == Answer.DONE
    reader.refresh_from_db()
    assert (reader.status, reader.left_at) == (Status.SUBSCRIBED, None)


def test_details_are_written_down_when_they_change():
    reader, topic = subscribed(), Topic.objects.create(name="Neglect")
    facts = {"name": "Delegate Two", "agency": "Nowhere", "topics": [topic], "source": "own page"}
    assert subscribers.change_details(reader, **facts) is True
    assert subscribers.change_details(reader, **facts) is False
    reader.refresh_from_db()
    assert (reader.name, reader.agency_name, reader.topics.get()) == ("Delegate Two", "Nowhere", topic)


def test_staff_add_people_and_say_how_they_agreed():
    officer = User.objects.create(username="officer@example.org")
    reader = subscribers.add_by_staff(
        "reader@example.org", lists=[a_list()], how="Asked at the conference", by=officer, name="Delegate One"
    )
    consent = reader.consents.get()
    assert (consent.kind, consent.source, consent.by) == ("staff", "Asked at the conference", officer)
    assert list(subscribers.recipients([a_list()])) == [reader]


@pytest.mark.parametrize("reason", list(Reason))
def test_staff_override_no_suppression(reason):
    suppression.suppress("reader@example.org", reason)
    with pytest.raises(RefusedError, match="Only its reader"):
        subscribers.add_by_staff("reader@example.org", lists=[a_list()], how="said so", by=None)
    assert not Subscriber.objects.exists()


def test_staff_bring_nobody_back_who_left():
    reader = subscribed()
    subscribers.leave(reader, source="unsubscribe link")
    officer = User.objects.create(username="officer@example.org")
    with pytest.raises(RefusedError):
        subscribers.add_by_staff(reader.email, lists=[a_list()], how="said so", by=officer)
    with pytest.raises(RefusedError):
        subscribers.change_lists(reader, [a_list()], source="by staff", by=officer)
    reader.refresh_from_db()
    assert (reader.status, reader.lists.count()) == (Status.UNSUBSCRIBED, 0)


def test_an_address_is_changed_once_it_is_confirmed():
    reader = subscribed()
    subscriber_records.ask_to_change_address(reader, "new@example.org")
    reader.refresh_from_db()
    assert (reader.email, reader.new_email) == ("reader@example.org", "new@example.org")
    assert subscriber_records.change_address(reader) == Answer.DONE
    reader.refresh_from_db()
    assert (reader.email, reader.new_email) == ("new@example.org", "")
    assert reader.digest == suppression.digest("new@example.org")
    assert subscriber_records.change_address(reader) == Answer.ALREADY
    told = OutgoingMail.objects.get(kind="newsletter address changed")
    assert told.to == "reader@example.org" and "new@example.org" not in told.text


def test_a_new_address_ends_a_bounce():
    reader = subscribed()
    Subscriber.objects.filter(pk=reader.pk).update(status=Status.BOUNCED)
    suppression.suppress(reader.email, Reason.BOUNCE)
    subscriber_records.ask_to_change_address(reader, "new@example.org")
    subscriber_records.change_address(reader)
    assert subscribers.recipients([a_list()]).get().email == "new@example.org"


def test_a_new_address_that_subscribed_already_takes_over():
    reader = subscribed("old@example.org", a_list(), name="Delegate One")
    other = subscribed("new@example.org", a_list("training-updates"))
    subscriber_records.ask_to_change_address(reader, "new@example.org")
    assert subscriber_records.change_address(reader) == Answer.DONE
    other.refresh_from_db()
    reader.refresh_from_db()
    assert set(other.lists.values_list("slug", flat=True)) == {"newsletter", "training-updates"}
    assert (other.name, reader.status) == ("Delegate One", Status.UNSUBSCRIBED)


def test_a_complaint_stands_at_a_new_address():
    reader = subscribed()
    suppression.suppress("new@example.org", Reason.COMPLAINT)
    subscriber_records.ask_to_change_address(reader, "new@example.org")
    assert subscriber_records.change_address(reader) == Answer.COMPLAINT
    reader.refresh_from_db()
    assert reader.email == "reader@example.org"


def test_what_is_held_is_plain_and_whole():
    reader = subscribed(name="Delegate One", agency="Example Primary School")
    data = json.loads(json.dumps(subscriber_records.held_data(reader)))
    assert (data["email"], data["name"], data["agency"]) == (reader.email, "Delegate One", "Example Primary School")
    assert [each["list"] for each in data["lists"]] == ["Newsletter"]
    assert [each["what"] for each in data["consents"]] == ["Asked to confirm", "Confirmed by the person"]
    assert [each["subject"] for each in data["other_messages"]]


def test_erasing_leaves_no_address_anywhere():
    reader = subscribed(name="Delegate One", agency="Example Primary School")
    suppression.suppress(reader.email, Reason.REQUEST, "asked by telephone")
    subscriber_records.ask_to_change_address(reader, "new@example.org")
    subscriber_records.erase(reader)
    assert not Subscriber.objects.exists() and not OutgoingMail.objects.exists()
    assert suppression.suppression_of("reader@example.org").reason == Reason.ERASED
    kinds = set(Consent.objects.filter(digest=reader.digest).values_list("kind", flat=True))
    assert {"asked", "confirmed", "erased"} <= kinds
    for row in everything():
        assert "reader@example" not in row and "new@example" not in row and "Delegate One" not in row


def everything():
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            yield from (repr(row) for row in cursor.fetchall())


def sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE news_consent SET wording = 'something else' WHERE id = %s",
        "UPDATE news_consent SET at = '2001-01-01 00:00:00+00:00' WHERE id = %s",
        "UPDATE news_consent SET kind = 'confirmed', subscriber_id = NULL WHERE id = %s",
        "UPDATE news_consent SET source = 'Sample activity' WHERE id = %s",
        "UPDATE news_consent SET id = id + 1000 WHERE id = %s",
        "DELETE FROM news_consent WHERE id = %s",
    ],
)
def test_raw_sql_rewrites_no_consent(statement):
    consent = subscribed().consents.earliest("pk")
    with pytest.raises(DatabaseError, match="a consent record is never"):
        sql(statement, consent.pk)
    assert Consent.objects.filter(pk=consent.pk, kind="asked", at=consent.at, wording=consent.wording).exists()


def test_raw_sql_gives_no_consent_to_somebody_else():
    consent, other = subscribed().consents.earliest("pk"), subscribed("other@example.org")
    with pytest.raises(DatabaseError, match="a consent record is never changed"):
        sql("UPDATE news_consent SET subscriber_id = %s WHERE id = %s", other.pk, consent.pk)
    assert sql("UPDATE news_consent SET subscriber_id = NULL WHERE id = %s", consent.pk) == 1


def test_replace_rewrites_no_consent():
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has REPLACE")
    consent = subscribed().consents.earliest("pk")
    with pytest.raises(DatabaseError, match="a consent record is never changed"):
        sql(
            "REPLACE INTO news_consent "
            "SELECT id, digest, 'erased', '', '', '', '', NULL, at, NULL, NULL FROM news_consent"
        )
    assert Consent.objects.get(pk=consent.pk).kind == "asked"


def test_the_orm_rewrites_no_consent():
    consent = subscribed().consents.earliest("pk")
    for attempt in (
        consent.save,
        consent.delete,
        Consent.objects.all().delete,
        lambda: Consent.objects.update(kind="x"),
    ):
        with pytest.raises(TypeError):
            attempt()


def test_sample_consents_can_be_taken_away():
    reader = subscribed()
    Consent(subscriber=reader, digest=reader.digest, kind="staff", source="Sample activity: the form").save()
    assert Consent.objects.filter(source__startswith="Sample activity").delete()[0] == 1


@pytest.mark.django_db(transaction=True)
def test_a_flush_empties_the_table_and_leaves_the_guard_standing():
    subscribed()
    call_command("flush", interactive=False, verbosity=0)
    assert not Consent.objects.exists()
    consent = subscribed().consents.earliest("pk")
    with pytest.raises(DatabaseError, match="never deleted"):
        sql("DELETE FROM news_consent WHERE id = %s", consent.pk)


def test_the_sample_is_forty_people_in_every_state_and_goes_without_a_trace():
    Topic.objects.create(name="Neglect")
    own = subscribed("own@example.org")
    before = list(Consent.objects.values())
    made = sample.load_sample_subscribers()
    assert len(made) == Subscriber.objects.count() - 1 == 40
    assert {each.status for each in made} == set(Status.values)
    assert made[0].email == "delegate.one@example.org" and made[-1].email == "delegate.forty@example.org"
    assert subscribers.recipients(MailingList.objects.all()).count() == 35
    assert len(sample.load_sample_subscribers()) == 40 == Subscriber.objects.count() - 1
    assert sample.remove_sample_subscribers() == 40
    assert list(Subscriber.objects.all()) == [own]
    assert list(Consent.objects.values()) == before and not Suppression.objects.exists()
