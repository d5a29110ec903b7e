"""“Tell me when this changes”, from the form to the message and the way out."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageViewRestriction

from dscp_cms import mail, suppression
from dscp_cms.faces import absolute
from dscp_cms.models import OutgoingMail, Suppression
from home import change_notices
from news.tests.mail_server import mail_server
from resources import changes, watch_links, watching
from resources.models import Change, Watch
from resources.tests import factories

pytestmark = pytest.mark.django_db
READER = "delegate.one@example.org"


@pytest.fixture
def resource():
    made = factories.resource("Neglect toolkit")
    factories.version(made, "1")
    changes.note()
    return made


def link(text: str, purpose: str) -> str:
    return re.search(rf"https?://[^/\s]+(/resources/tell-me/{purpose}/\S+)", text).group(1)


def sign_up(client, page, email=READER):
    answer = client.post(f"{page.url}tell-me/", {"email": email, "website": ""})
    assert answer.status_code == 302, answer.content.decode()
    return OutgoingMail.objects.order_by("-pk").first()


def confirmed(page, email=READER) -> Watch:
    watch = watching.ask(email, page)
    assert watching.confirm(watch.key)
    OutgoingMail.objects.all().delete()
    watch.refresh_from_db()
    return watch


def later(hours=1):
    return timezone.now() + timedelta(hours=hours)


def new_version(page, label="2", **fields):
    made = factories.version(page, label, published_on=timezone.localdate(), **fields)
    changes.note()
    return made


def test_nobody_is_told_who_didnt_press_the_button(client, resource):
    sent = sign_up(client, resource)
    assert sent.to == READER and resource.title in sent.text
    address = link(sent.text, "confirm")
    page = client.get(address)
    assert resource.title in page.content.decode()
    assert not Watch.objects.confirmed().exists()  # looking changes nothing
    new_version(resource)
    assert watching.tell_due(later()) == 0
    answer = client.post(address, follow=True)
    assert "What we tell you about" in answer.content.decode()
    assert watching.tell_due(later()) == 0  # what was before isn't told
    new_version(resource, "3", what_changed="A page on sleep.")
    assert watching.tell_due(later()) == 1
    told = OutgoingMail.objects.order_by("-pk").first()
    assert told.subject == "Changed: Neglect toolkit" and "A page on sleep." in told.text
    assert absolute(resource.url) in told.text
    assert watching.tell_due(later()) == 0


def test_the_answer_is_the_same_for_every_address(client, resource):
    confirmed(resource)
    known = client.post(f"{resource.url}tell-me/", {"email": READER.upper()})
    unknown = client.post(f"{resource.url}tell-me/", {"email": "other@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert OutgoingMail.objects.count() == 2
    assert "tell you about already" in OutgoingMail.objects.get(to=READER).text
    assert Watch.objects.filter(digest=suppression.digest(READER)).count() == 1


def test_one_link_takes_up_all_that_waits_and_few_are_sent(client, resource):
    for number in range(5):
        sent = sign_up(client, factories.resource(f"Resource {number}"))
    assert OutgoingMail.objects.count() == watching.MAILS_A_DAY
    html = client.post(link(sent.text, "confirm"), follow=True).content.decode()
    assert Watch.objects.confirmed().count() == 5 and "Resource 4" in html


def test_bad_input_is_explained(client, resource):
    html = client.post(f"{resource.url}tell-me/", {"email": "nobody"}).content.decode()
    assert "Enter an e-mail address like name@example.org." in html and 'value="nobody"' in html
    html = client.post(f"{resource.url}tell-me/", {"email": READER, "website": "http://x"}).content.decode()
    assert "should stay empty" in html
    for purpose in ("confirm", "mine", "stop"):
        wrong = watch_links.token("other", Watch().key)
        for bad in (wrong, wrong[:-1], "x" * 300, "é", watch_links.token(purpose, Watch().key)[:-2] + "AA"):
            assert client.get(reverse(f"watch_{purpose}", args=[bad])).status_code == 404
            assert client.post(reverse(f"watch_{purpose}", args=[bad])).status_code == 404


def test_pages_that_not_everybody_may_read_are_not_written_about(client, resource):
    watch = confirmed(factories.library())
    PageViewRestriction.objects.create(page=resource, restriction_type="login")
    new_version(resource)
    assert watching.tell_due(later()) == 0
    watch.refresh_from_db()
    assert watch.told_up_to == Change.objects.latest("pk").pk
    assert not watching.may_be_watched(resource)


def test_everything_in_a_library_comes_in_one_message_a_day(resource):
    confirmed(factories.library())
    confirmed(resource)
    other = factories.resource("Another")
    new_version(resource)
    new_version(other, "1")
    factories.version(other, "0", published_on=timezone.localdate() - timedelta(days=400))  # only history
    changes.note()
    assert watching.tell_due(timezone.now()) == 0  # perhaps the editor isn't done
    assert watching.tell_due(later()) == 1
    told = OutgoingMail.objects.get()
    assert told.subject == "2 resources have changed"
    assert told.text.count(absolute(resource.url)) == 1 and "Version 0" not in told.text
    new_version(other, "2")
    assert watching.tell_due(later(2)) == 0
    assert watching.tell_due(later(26)) == 1


def test_a_withdrawn_version_is_not_told(resource):
    confirmed(resource)
    version = new_version(resource)
    type(version).objects.filter(pk=version.pk).update(withdrawn_at=timezone.now())
    assert watching.tell_due(later()) == 0


@pytest.mark.parametrize("reason", Suppression.Reason.values)
def test_never_to_the_suppressed(resource, reason):
    confirmed(resource)
    new_version(resource)
    assert watching.tell_due(later()) == 1  # written, not sent yet
    waiting = OutgoingMail.objects.get()
    suppression.suppress(READER, reason)
    OutgoingMail.objects.update(not_before=timezone.now())
    assert mail.deliver(waiting.pk) == OutgoingMail.Status.SUPPRESSED
    new_version(resource, "3")
    assert watching.tell_due(later(30)) == 0
    assert watching.forget() == 1 and not Watch.objects.exists()


def test_after_a_complaint_only_who_says_so_again_is_told(client, resource):
    suppression.suppress(READER, Suppression.Reason.COMPLAINT)
    address = link(sign_up(client, resource).text, "confirm")
    assert "Tick the box" in client.post(address).content.decode()
    assert not Watch.objects.confirmed().exists()
    client.post(address, {"despite_complaint": "yes"})
    assert Watch.objects.confirmed().exists() and not Suppression.objects.exists()


def test_one_or_all_are_stopped_and_nothing_is_kept(client, resource):
    confirmed(resource)
    watch = confirmed(factories.library())
    address = f"/resources/tell-me/mine/{watch_links.token('mine', watch.key)}/"
    client.post(address, {"stop": str(watch.pk)})
    assert [each.page_id for each in Watch.objects.all()] == [resource.pk]
    foreign = confirmed(resource, "other@example.org")
    client.post(address, {"stop": str(foreign.pk)})
    assert Watch.objects.filter(pk=foreign.pk).exists()
    out = f"/w/{watch_links.token('stop', watch.key)}/"
    assert "Stop, and delete my address" in client.get(out).content.decode()
    assert client.post(out).status_code == 400
    assert Watch.objects.filter(key=watch.key).exists()
    assert client.post(out, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Watch.objects.filter(key=watch.key).exists()
    assert client.get(out).status_code == client.get(address).status_code == 200
    assert client.get(resource.url).cookies == {}


def test_unconfirmed_wishes_are_forgotten_after_a_week(resource):
    watching.ask(READER, resource)
    assert watching.forget(later(24 * 6)) == 0
    assert watching.forget(later(24 * 8)) == 1


def test_what_is_found_late_waits_for_a_person(resource):
    confirmed(resource)
    new_version(resource)
    assert watching.tell_due(later(9)) == 1
    told = OutgoingMail.objects.get()
    assert told.not_before < later(1)  # so that mail._HELD_AFTER sees how late it is


def test_the_message_has_one_click_headers(resource, settings):
    confirmed(resource)
    new_version(resource)
    change = Change.objects.latest("pk")
    Change.objects.filter(pk=change.pk).update(noticed_at=timezone.now() - timedelta(minutes=40))
    assert change_notices.tell() == 1
    told = OutgoingMail.objects.get()
    with mail_server() as server:
        settings.OUTBOX_DIR = None
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        assert mail.deliver(told.pk) == OutgoingMail.Status.SENT
    received = server.received[0]
    assert received.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert received.message["List-Unsubscribe"].strip() == f"<{told.unsubscribe_url}>"
    assert told.unsubscribe_url in told.text
