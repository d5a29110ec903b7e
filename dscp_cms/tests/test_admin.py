"""The admin keeps calm about bad input, exports only for those who may, and knows accounts by their address."""

import csv
from io import BytesIO, StringIO

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from wagtail.models import Page
from wagtail.search.query import MATCH_ALL, And, Fuzzy, Not, Phrase, PlainText

from dscp_cms.admin import harmless
from dscp_cms.admin_search import clean
from dscp_cms.models import OutgoingMail, Suppression, Topic
from dscp_cms.testing.pages import front_page, make
from home.models import ContactMessage, StandardPage
from home.tests import factories

pytestmark = pytest.mark.django_db

QUERIES = ['"', "'", '""', 'a"b', "\x00", "a\x00b", "*", "a*", "^a", "a:b", "(", ")", "{}", "AND", "NOT a", "a OR", "-", "--",
           "-a", "+", "NEAR(a b)", "\\", "%", "_", "<script>", "🙂", "é", " ", "x" * 10_000, "a " * 3000, "'; --", "|", "&", "!",
           "<->", "a & | b", ":*", "published:yes", 'live:"', "live:", "a:b:c"]  # fmt: skip


def said(response):
    """What the admin told the editor."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


@pytest.fixture
def found():
    """A page that every harmless search finds."""
    page = make(StandardPage, front_page(), "Findable")
    call_command("update_index", verbosity=0)
    return page


@pytest.mark.parametrize(
    "address",
    [
        "/admin/pages/{root}/",
        "/admin/pages/search/results/",
        "/admin/choose-page/search/",
        "/admin/images/",
        "/admin/images/chooser/results/",
        "/admin/documents/",
        "/admin/documents/chooser/results/",
        "/admin/snippets/dscp_cms/topic/",
        "/admin/users/",
        "/admin/redirects/",
        "/admin/home/contactmessage/",
        "/admin/dscp_cms/outgoingmail/",
        "/admin/resources/fileversion/",
    ],
)
def test_odd_searches_are_answered(admin_client, found, address):
    # Each screen gets the worst, the two that hand on most of what is typed get all.
    for query in QUERIES if "search" in address else QUERIES[:8]:
        response = admin_client.get(address.format(root=front_page().pk), {"q": query})
        assert response.status_code == 200, query


def test_a_clean_search_still_finds(admin_client, found):
    for query in ("Findable", '"Findable', "find", "Findable\x00"):
        shown = admin_client.get("/admin/pages/search/results/", {"q": query}).content.decode()
        assert f"/admin/pages/{found.pk}/edit/" in shown, query


def test_queries_of_every_kind_are_cleaned():
    assert clean('a"b\x00c') == "a b c"
    assert clean('"') is MATCH_ALL and clean("") is MATCH_ALL
    assert clean(PlainText('a"')).query_string == "a"
    assert clean(Phrase('a"b')).query_string == "a b"
    assert clean(Fuzzy("a*")).query_string == "a"
    assert clean(And([PlainText('"x'), Not(PlainText("y^"))])).subqueries[1].subquery.query_string == "y"
    assert clean(PlainText("O’Neill's e-mail a@b.org")).query_string == "O’Neill's e-mail a@b.org"
    assert len(clean("x" * 999)) == 200


LISTS = ["home/contactmessage", "dscp_cms/outgoingmail", "dscp_cms/suppression", "resources/fileversion"]
ODD = [
    *(
        "nonsense=1",
        "pk__foo=2",
        "id=abc",
        "submit_time__gte=yesterday",
        "urgent__exact=perhaps",
        "status__exact=",
        "p=x",
    ),
    *(
        "o=99.-a",
        "delivery=nope",
        "published_on__gte=31/31/31",
        "e=1",
        "export=pdf",
        "page__title=x",
        "q=%00",
        "p=99999999999",
    ),
]


@pytest.mark.parametrize("where", LISTS)
def test_odd_parameters_lead_to_the_bare_list(admin_client, where):
    for query in ODD:
        response = admin_client.get(f"/admin/{where}/?{query}", follow=True)
        assert response.status_code == 200, query
        assert response.request["PATH_INFO"] == f"/admin/{where}/"
    response = admin_client.get(f"/admin/{where}/?nonsense=1")
    assert response.status_code == 302 and "doesn't know" in said(response)


@pytest.mark.parametrize("where", LISTS)
def test_keys_that_no_row_has_are_not_found(admin_client, where):
    for key in ("abc", "0", "9" * 30, "-1", "_22"):
        for action in ("inspect", "edit", "delete"):
            assert admin_client.get(f"/admin/{where}/{action}/{key}/").status_code in {302, 403, 404}, (key, action)


def test_a_list_is_no_way_to_guess_at_passwords(admin_client, django_user_model):
    from resources.tests import factories as resources

    resources.version(resources.resource(), added_by=django_user_model.objects.get(username="admin"))
    response = admin_client.get("/admin/resources/fileversion/?added_by__password__startswith=md5")
    assert response.status_code == 302 and "doesn't know" in said(response)


@pytest.mark.parametrize(
    "address",
    [
        "/admin/pages/?p=abc",
        "/admin/pages/?ordering=nonsense",
        "/admin/pages/99999/",
        "/admin/pages/99999/edit/",
        "/admin/images/?collection_id=abc",
        "/admin/images/?ordering=x&tag=%00",
        "/admin/documents/?p=-1",
        "/admin/choose-page/?page_type=nope.nope",
        "/admin/choose-page/?page_type=wagtailcore.page&p=x",
        "/admin/reports/site-history/?timestamp_from=x",
        "/admin/snippets/dscp_cms/topic/?nonsense=1",
        "/admin/users/?is_superuser=perhaps",
        "/admin/%00/",
        "/admin/bulk/wagtailcore/page/delete/?id=abc",
        "/admin/bulk/wagtailcore/page/nonsense/?id=1",
        "/admin/bulk/nope/page/delete/?id=1",
        "/admin/bulk/wagtailcore/page/publish/?id=all&childOf=abc",
        "/admin/bulk/wagtailcore/page/publish/?id=",
        "/admin/bulk/wagtailcore/page/publish/",
    ],
)
def test_odd_addresses_are_answered(admin_client, address):
    assert admin_client.get(address).status_code in {200, 302, 400, 404}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"), ("+44 1", "'+44 1"), ("-2", "'-2"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), (" =1", "' =1"),
        ("\r\n=1", "'\r\n=1"), ("＝1", "'＝1"), ("plain", "plain"), (7, 7), (None, None), ("a=1", "a=1"),
    ],
)  # fmt: skip
def test_cells_are_no_formulas(value, expected):
    assert harmless(value) == expected


@pytest.fixture
def message():
    """A message whose sender tried a formula."""
    page = factories.contact_page()
    answers = {"your_name": '=HYPERLINK("http://x")', "your_message": "Hello"}
    return ContactMessage.objects.create(page=page, form_data=answers, urgent=True)


def test_the_export_is_neutralised_and_in_local_time(admin_client, message):
    ContactMessage.objects.update(
        submit_time=timezone.datetime(2025, 7, 1, 9, 0, tzinfo=timezone.get_fixed_timezone(0))
    )
    response = admin_client.get("/admin/home/contactmessage/?export=csv")
    rows = list(csv.reader(StringIO(response.getvalue().decode())))
    assert rows[1][0].startswith("2025-07-01 10:00")
    assert "Your name: =HYPERLINK" in rows[1][3]
    OutgoingMail.objects.all().delete()
    book = load_workbook(BytesIO(admin_client.get("/admin/home/contactmessage/?export=xlsx").getvalue()))
    assert [cell.data_type for cell in book.active[2]][3] == "s"


def test_formulas_stay_text_in_a_workbook(admin_client):
    from resources.tests import factories as resources

    resources.version(resources.resource("=1+1"), "@2", what_changed="-1")
    book = load_workbook(BytesIO(admin_client.get("/admin/resources/fileversion/?export=xlsx").getvalue()))
    row = {cell.value: cell.data_type for cell in book.active[2]}
    assert row["'@2"] == "s" and row["'-1"] == "s" and "f" not in row.values()


def test_exporting_is_a_right_of_its_own(client, message):
    user = User.objects.create_user("reader@example.org")
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["access_admin", "view_contactmessage", "change_contactmessage"])
    )
    client.force_login(user)
    listed = client.get("/admin/home/contactmessage/")
    assert listed.status_code == 200 and "export=" not in listed.content.decode()
    for kind in ("csv", "xlsx"):
        assert client.get(f"/admin/home/contactmessage/?export={kind}").status_code == 302
    user.user_permissions.add(Permission.objects.get(codename="export_contactmessage"))
    client.force_login(User.objects.get(pk=user.pk))
    assert client.get("/admin/home/contactmessage/?export=csv")["Content-Type"].startswith("text/csv")


def test_messages_are_read_as_questions_and_answers_and_dealt_with_by_post(admin_client, message):
    read = reverse("home_contactmessage_modeladmin_inspect", args=[message.pk])
    shown = admin_client.get(read).content.decode()
    assert "<dt>Your message</dt><dd>Hello</dd>" in shown and "call 999" in shown
    assert "<dt>Your name</dt><dd>=HYPERLINK(&quot;http://x&quot;)</dd>" in shown
    mark = reverse("contact_message_dealt_with", args=[message.pk])
    assert admin_client.get(mark).status_code == 405
    assert "dealt with" in said(admin_client.post(mark))
    message.refresh_from_db()
    first = message.handled_at
    admin_client.post(mark)
    message.refresh_from_db()
    assert message.handled_at == first
    assert "Dealt with" in admin_client.get(read).content.decode()
    for action in ("edit", "delete"):
        assert admin_client.get(f"/admin/home/contactmessage/{action}/{message.pk}/").status_code == 302


def test_a_message_outlives_the_questions_it_answered(admin_client, message):
    message.page.specific.form_fields.all().delete()
    ContactMessage.objects.filter(pk=message.pk).update(form_data={"old_question": ["a", "b"], "agreed": True})
    shown = admin_client.get(reverse("home_contactmessage_modeladmin_inspect", args=[message.pk])).content.decode()
    assert "<dt>Old question</dt><dd>a, b</dd>" in shown and "<dt>Agreed</dt><dd>Yes</dd>" in shown


def test_urgent_messages_come_first(admin_client, message):
    page = message.page
    later = ContactMessage.objects.create(page=page, form_data={"your_message": "Later"})
    done = ContactMessage.objects.create(page=page, form_data={}, urgent=True, handled_at=timezone.now())
    response = admin_client.get("/admin/home/contactmessage/")
    assert [row.pk for row in response.context_data["object_list"]] == [message.pk, later.pk, done.pk]
    assert "Urgent: read it now" in response.content.decode()


def test_undelivered_mail_is_found_and_its_words_are_not_shown(admin_client):
    failed = OutgoingMail.objects.create(
        kind="test", to="a@example.org", subject="S", text="SECRET-LINK", status="failed"
    )
    OutgoingMail.objects.create(kind="test", to="b@example.org", subject="S", text="x", status="sent")
    shown = admin_client.get("/admin/dscp_cms/outgoingmail/?delivery=undelivered").content.decode()
    assert "a@example.org" in shown and "b@example.org" not in shown
    read = admin_client.get(reverse("dscp_cms_outgoingmail_modeladmin_inspect", args=[failed.pk])).content.decode()
    assert "SECRET-LINK" not in read
    assert admin_client.get("/admin/dscp_cms/outgoingmail/create/").status_code == 302


def test_an_address_is_put_on_the_list_by_its_job(admin_client):
    address = reverse("dscp_cms_suppression_modeladmin_create")
    assert "This field is required" in admin_client.post(address, {"email": "", "reason": "request"}).content.decode()
    for _twice in range(2):
        admin_client.post(address, {"email": "Someone@Example.org", "reason": "request", "note": "By telephone"})
    assert Suppression.objects.get().digest


# Accounts


def account(**more):
    """What the form of an account sends."""
    return {"email": "New.Person@Example.org", "first_name": "New", "last_name": "Person",
            "password1": "a long unusual phrase", "password2": "a long unusual phrase", **more}  # fmt: skip


def test_an_account_is_known_by_its_address(admin_client, client):
    address = reverse("wagtailusers_users:add")
    form = admin_client.get(address).content.decode()
    assert 'name="username"' not in form and "E-mail address" in form
    assert admin_client.post(address, account()).status_code == 302
    user = User.objects.get(username="new.person@example.org")
    assert user.email == "new.person@example.org"
    again = admin_client.post(address, account(email="NEW.person@example.ORG"))
    assert "There is already an account with this address." in again.content.decode()
    assert User.objects.filter(username__iexact="new.person@example.org").count() == 1


def test_addresses_that_are_none_get_a_sentence(admin_client):
    address = reverse("wagtailusers_users:add")
    assert "Enter a valid email address" in admin_client.post(address, account(email="nobody")).content.decode()
    long = admin_client.post(address, account(email=f"{'x' * 60}@{'y' * 60}.{'z' * 40}.example.org"))
    assert "too long" in long.content.decode()
    same = admin_client.post(address, account(password1="new.person@example.org", password2="new.person@example.org"))
    assert "too similar" in same.content.decode()
    assert User.objects.count() == 1


def test_an_account_is_changed(admin_client):
    user = User.objects.create_user("old@example.org", "old@example.org")
    other = User.objects.create_user("other@example.org", "other@example.org")
    address = reverse("wagtailusers_users:edit", args=[user.pk])
    assert admin_client.get(address).status_code == 200
    data = account(email="Fresh@example.org", password1="", password2="", is_active="on")
    assert admin_client.post(address, data).status_code == 302
    user.refresh_from_db()
    assert user.username == user.email == "fresh@example.org"
    assert "already an account" in admin_client.post(address, {**data, "email": other.email.upper()}).content.decode()
    assert admin_client.post(address, data).status_code == 302
    listed = admin_client.get(reverse("wagtailusers_users:index")).content.decode()
    assert "E-mail address" in listed and "Username" not in listed


def test_signing_in_minds_no_capitals(client):
    User.objects.create_superuser("boss@example.org", "boss@example.org", "a long unusual phrase")
    form = client.get("/admin/login/").content.decode()
    assert (
        "E-mail address" in form
        and "Durham Safeguarding Children Partnership" in form
        and "Wagtail" not in form.split("<main")[1]
    )
    wrong = client.post("/admin/login/", {"username": "boss@example.org", "password": "x"})
    unknown = client.post("/admin/login/", {"username": "none@example.org", "password": "x"})
    sentence = "The e-mail address and the password don&#x27;t match."
    assert sentence in wrong.content.decode() and sentence in unknown.content.decode()
    right = client.post("/admin/login/", {"username": " Boss@Example.org ", "password": "a long unusual phrase"})
    assert right.status_code == 302 and right["Location"] == "/admin/"


def test_nobody_changes_their_own_address(admin_client):
    assert 'name="name_email-email"' not in admin_client.get(reverse("wagtailadmin_account")).content.decode()


def test_the_admin_carries_the_partnerships_name(admin_client):
    shown = admin_client.get("/admin/").content.decode()
    assert "css/admin.css" in shown and "logo-on-dark" in shown and "favicon.svg" in shown
    assert "gravatar" not in shown and "releases.wagtail" not in shown


def test_topics_in_use_are_deleted_without_an_error(admin_client):
    topic = Topic.objects.create(name="Neglect")
    make(StandardPage, front_page(), "About", topics=[topic])
    admin_client.post(reverse("wagtailsnippets_dscp_cms_topic:delete", args=[topic.pk]))
    assert not Topic.objects.exists() and Page.objects.filter(slug="about").exists()
