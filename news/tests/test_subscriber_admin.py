"""Subscribers in the admin: who sees them, what staff can do, and what the export holds."""

import io

import openpyxl
import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from wagtail.models import ModelLogEntry

from dscp_cms import suppression
from dscp_cms.models import Agency, Suppression, Topic
from news import import_uploads, subscribers
from news.models import Consent, MailingList, Subscriber, SubscriberImport
from news.tests.people import a_list, subscribed

pytestmark = pytest.mark.django_db
INDEX, ADD = "/admin/news/subscriber/", "/admin/news/subscriber/create/"
LISTS, IMPORT = "/admin/news/mailinglist/", "/admin/subscribers/import/"
Status = Subscriber.Status


@pytest.fixture
def signed_in(client):
    """Sign in as one of a group."""
    call_command("sync_roles", verbosity=0)

    def sign_in(group):
        user = User.objects.create_user(f"{group.split()[-1].lower()}@example.org", password="a password of length")
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def manager(signed_in):
    return signed_in("Newsletter managers")


def one(subscriber, action):
    return f"{INDEX}{action}/{subscriber.pk}/"


def text(answer) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("group", ["Editors", "Moderators", "Newsletter senders"])
def test_nobody_else_sees_an_address(signed_in, group):
    reader, client = subscribed(), signed_in(group)
    addresses = [INDEX, ADD, f"{INDEX}?export=csv", IMPORT, f"/admin/news/subscriber/history/{reader.pk}/"]
    addresses += [one(reader, action) for action in ("inspect", "edit", "delete")]
    for address in addresses:
        answer = client.get(address, follow=True)
        assert reader.email not in text(answer), address
        assert answer.redirect_chain or answer.status_code in {403, 404}, address
    assert "Subscribers</span>" not in text(client.get("/admin/"))


def test_wagtail_s_log_holds_no_address(manager):
    reader = subscribed()
    manager.post(one(reader, "edit"), {"name": "Delegate One", "lists": [a_list().pk]})
    manager.post(one(reader, "delete"))
    assert ModelLogEntry.objects.count() >= 2
    assert not any("@" in entry.label or "@" in str(entry.data) for entry in ModelLogEntry.objects.all())


def test_the_list_is_searched_and_filtered(manager):
    school = Agency.objects.create(name="Example Primary School", kind="school")
    subscribed("one@example.org", a_list(), agency=school.name, name="Delegate One")
    subscribed("two@example.org", a_list("training-updates"))
    subscribers.leave(subscribed("left@example.org"), source="unsubscribe link")
    suppression.suppress("two@example.org", Suppression.Reason.BOUNCE)

    def shown(query):
        answer = manager.get(INDEX + query)
        assert answer.status_code == 200
        return {name for name in ("one", "two", "left") if f"{name}@example.org" in text(answer)}

    assert shown("") == {"one", "two", "left"}
    assert shown("?q=delegate") == shown("?q=primary") == shown("?list=newsletter") == {"one"}
    assert shown("?list=training-updates") == {"two"}
    assert shown("?status__exact=unsubscribed") == {"left"}
    assert shown(f"?agency={school.pk}") == {"one"}
    assert "Mail stopped: address refused" in text(manager.get(INDEX))
    for odd in ("?agency=x", "?list=%00", "?digest=x", "?consents__source=x", "?p=x", "?o=99"):
        assert manager.get(INDEX + odd, follow=True).status_code == 200


def test_the_list_takes_few_queries(manager, django_assert_max_num_queries):
    school = Agency.objects.create(name="Example Primary School", kind="school")
    for n in range(30):
        subscribed(f"d{n}@example.org", agency=school.name)
    with django_assert_max_num_queries(25):
        manager.get(INDEX)


def test_the_export_runs_no_formula(manager):
    subscribed("one@example.org", name='=HYPERLINK("http://example.com")', agency="+44 123")
    subscribed("two@example.org", name="＝1+1")
    csv = b"".join(manager.get(f"{INDEX}?export=csv").streaming_content).decode()
    assert "one@example.org" in csv and "'=HYPERLINK" in csv and "'+44 123" in csv and "'＝1+1" in csv
    answer = manager.get(f"{INDEX}?export=xlsx")
    sheet = openpyxl.load_workbook(
        io.BytesIO(b"".join(answer.streaming_content) if answer.streaming else answer.content)
    ).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.value for cell in cells} >= {"one@example.org", "Newsletter", "Subscribed"}
    assert not any(cell.data_type == "f" for cell in cells)


def add(client, **more):
    data = {
        "email": "reader@example.org",
        "name": "",
        "agency": "",
        "agency_name": "",
        "how": "Asked at the conference",
    }
    return client.post(ADD, data | {"lists": [a_list().pk]} | more, follow=True)


def test_staff_add_somebody_and_say_how_they_agreed(manager):
    assert "This field is required" in text(add(manager, how=""))
    assert not Subscriber.objects.exists()
    assert "reader@example.org is saved." in text(add(manager))
    consent = Consent.objects.get()
    assert (consent.kind, consent.source, consent.by.username) == (
        "staff",
        "Asked at the conference",
        "managers@example.org",
    )
    assert Subscriber.objects.get().status == Status.SUBSCRIBED
    add(manager, email="READER@example.org", lists=[a_list("training-updates").pk])
    assert Subscriber.objects.get().lists.count() == 2


def test_staff_can_t_add_somebody_who_left_or_complained(manager):
    subscribers.leave(subscribed(), source="unsubscribe link")
    answer = text(add(manager))
    assert "Only its reader can lift that" in answer and "Asked at the conference" in answer
    suppression.suppress("other@example.org", Suppression.Reason.COMPLAINT)
    assert "marked as unwanted" in text(add(manager, email="other@example.org"))
    assert not subscribers.recipients([a_list()]).exists()


def test_staff_change_lists_and_details_but_revive_nobody(manager):
    reader, topic = subscribed(), Topic.objects.create(name="Neglect")
    training = a_list("training-updates")
    assert 'value="reader@example.org"' not in text(manager.get(one(reader, "edit")))
    data = {
        "name": "Delegate One",
        "agency": "",
        "agency_name": "Nowhere",
        "lists": [training.pk],
        "topics": [topic.pk],
    }
    manager.post(one(reader, "edit"), data)
    reader.refresh_from_db()
    assert (reader.name, reader.agency_name, reader.lists.get(), reader.topics.get()) == (
        "Delegate One", "Nowhere", training, topic,
    )  # fmt: skip
    assert reader.consents.get(kind="withdrawn").by.username == "managers@example.org"
    manager.post(one(reader, "edit"), data | {"lists": []})
    reader.refresh_from_db()
    assert reader.status == Status.UNSUBSCRIBED
    assert "Only its reader can sign up again" in text(manager.post(one(reader, "edit"), data))
    reader.refresh_from_db()
    assert reader.status == Status.UNSUBSCRIBED


def test_the_history_shows_every_event_with_its_words(manager):
    reader = subscribed(name="Delegate One")
    subscribers.leave(reader, source="unsubscribe link")
    shown = text(manager.get(one(reader, "inspect")))
    for words in (
        "Asked to confirm",
        "Confirmed by the person",
        "Withdrawn",
        "unsubscribe link",
        "E-mail me the lists",
    ):
        assert words in shown


def test_deleting_is_erasing(manager):
    reader = subscribed()
    assert "no import or member of" in text(manager.get(one(reader, "delete")))
    manager.post(one(reader, "delete"))
    assert not Subscriber.objects.exists()
    assert suppression.suppression_of("reader@example.org").reason == "erased"
    assert Consent.objects.get(kind="erased").by.username == "managers@example.org"


def test_editors_add_lists_that_readers_then_see(signed_in, client):
    editor = signed_in("Editors")
    data = {"name": "Briefings", "description": "Short papers.", "public": "on", "order": "30"}
    editor.post(f"{LISTS}create/", data)
    assert MailingList.objects.get(name="Briefings").slug == "briefings"
    assert "Short papers." in text(client.get("/subscribe/"))
    assert editor.get(f"{LISTS}delete/{MailingList.objects.get(name='Briefings').pk}/", follow=True).redirect_chain


def test_a_list_that_people_are_on_isn_t_deleted(manager):
    subscribed()
    shown = text(manager.get(LISTS))
    assert "On the sign-up form" in shown and "Yes" in shown
    assert "/admin/img/" not in shown  # Django's ticks: where files have hashed names, that is an error
    unused = a_list("unused")
    assert manager.post(f"{LISTS}delete/{a_list().pk}/", follow=True).redirect_chain
    assert MailingList.objects.filter(slug="newsletter").exists()
    manager.post(f"{LISTS}delete/{unused.pk}/")
    assert not MailingList.objects.filter(slug="unused").exists()


def upload(client, content: bytes, name="list.csv"):
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, content), "lists": [a_list().pk]}, follow=True)


def test_an_upload_shows_what_would_happen_and_then_does_it(manager, tasks_in_database):
    subscribed("known@example.org")
    answer = upload(manager, b"Email;Name\r\nnew@example.org;One\r\nknown@example.org;\r\nbad;\r\n")
    path = answer.redirect_chain[-1][0]
    assert answer["Refresh"] == "2" and "Being looked through" in text(answer)
    waiting = SubscriberImport.objects.get()
    import_uploads.work(waiting.pk)
    answer = manager.get(path)
    assert "Refresh" not in answer
    shown = text(answer)
    assert "nothing imported yet" in shown and "not an e-mail address" in shown and "Would be imported" in shown
    assert "new@" not in shown and "known@" not in shown
    assert Subscriber.objects.count() == 1
    assert manager.post(path, {"do": "import"}, follow=True)["Refresh"] == "2"
    import_uploads.work(waiting.pk)
    assert "Import another file" in text(manager.get(path))
    assert Subscriber.objects.get(email="new@example.org").consents.get().by.username == "managers@example.org"
    report = b"".join(manager.get(f"{path}report/").streaming_content).decode().splitlines()
    assert report == ["Line,Outcome,Reason", "2,imported,", "3,skipped,here already", "4,skipped,not an e-mail address"]
    assert "done already" in text(manager.post(path, {"do": "import"}, follow=True))


def test_an_upload_can_be_left(manager):
    path = upload(manager, b"Email\nnew@example.org\n").redirect_chain[-1][0]
    import_uploads.work(SubscriberImport.objects.get().pk)
    assert "Not imported" in text(manager.post(path, {"do": "cancel"}, follow=True))
    assert not bytes(SubscriberImport.objects.get().data)
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"PK\x03\x04" + bytes(99), "list.xlsx", "Excel"),
        (b"Name\nDelegate One\n", "x.csv", "No column"),
        (b"", "x.csv", "empty"),
    ],
)
def test_an_upload_that_can_t_be_read_says_why(manager, content, name, words, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(manager, content, name)
    if SubscriberImport.objects.exists():
        answer = manager.get(answer.redirect_chain[-1][0])
    assert words in text(answer)
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize("group", ["Editors", "Moderators", "Newsletter senders"])
def test_nobody_else_imports(signed_in, group):
    waiting = import_uploads.take("list.csv", b"Email\nnew@example.org\n", [a_list()], None)
    client = signed_in(group)
    for rest in ("", f"{waiting.key}/", f"{waiting.key}/report/"):
        for call in (client.get, client.post):
            answer = call(IMPORT + rest, {"do": "import"})
            assert answer.status_code in {302, 403} and "new@" not in text(answer)
    waiting.refresh_from_db()
    assert waiting.status == "checking"
