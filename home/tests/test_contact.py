"""The contact page: takes messages, tells staff, and never stands in for a call about a child."""

import pytest
from django.test import Client

from dscp_cms.models import OutgoingMail, SiteSettings
from dscp_cms.testing.pages import front_page
from home.models import ContactMessage
from home.tests import factories

pytestmark = pytest.mark.django_db
GOOD = {
    "your_name": "Delegate One",
    "your_e_mail": "delegate.one@example.org",
    "your_message": "When is the next issue?",
}


@pytest.fixture
def contact():
    return factories.contact_page(notify="office@example.org")


@pytest.fixture
def site_settings():
    return SiteSettings.for_site(front_page().get_site())


def test_the_page_opens_with_what_it_is_not_for(client, contact):
    html = client.get(contact.url).content.decode()
    html = html[html.index("<main") :]
    assert html.index("Not for telling us about a child at risk") < html.index("<form")
    assert html.index("0808 800 5000") < html.index('name="your_message"')


def test_a_message_is_kept_and_staff_are_told_without_its_words(client, contact, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(contact.url, GOOD)
    assert answer.status_code == 200
    assert "999" in answer.content.decode()
    message = ContactMessage.objects.get()
    assert message.form_data["your_message"] == "When is the next issue?"
    assert not message.urgent
    (mail,) = OutgoingMail.objects.all()
    assert mail.to == "office@example.org"
    assert "next issue" not in mail.text
    assert "delegate.one" not in mail.text


@pytest.mark.parametrize("words", ["Someone HURTS me: he is hurting me", "I feel  UN-SAFE, unsafe at home", "suicide"])
def test_words_of_harm_make_it_urgent(client, contact, words):
    client.post(contact.url, GOOD | {"your_message": words})
    assert ContactMessage.objects.get().urgent
    assert OutgoingMail.objects.get().subject.startswith("URGENT")


def test_ordinary_words_do_not(client, contact):
    client.post(contact.url, GOOD | {"your_message": "The abusethnic word and grammarians of harmless things"})
    assert not ContactMessage.objects.get().urgent


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(client, contact):
    html = client.post(contact.url, GOOD | {"your_e_mail": "nonsense", "your_name": "Kept O’Name"}).content.decode()
    assert "Enter an e-mail address like name@example.org." in html
    assert "Kept O’Name" in html
    assert "When is the next issue?" in html
    assert "<title>Error:" in html
    assert not ContactMessage.objects.exists()


def test_missing_answers_are_named(client, contact):
    html = client.post(contact.url, {}).content.decode()
    assert "Fill in “Your e-mail”." in html
    assert "Fill in “Your message”." in html


def test_an_overlong_message_is_refused_kindly(client, contact):
    answer = client.post(contact.url, GOOD | {"your_message": "x" * 5001})
    assert answer.status_code == 200
    assert not ContactMessage.objects.exists()


def test_the_trap_refuses_and_says_so(client, contact):
    answer = client.post(contact.url, GOOD | {"website": "https://spam.example"})
    assert answer.status_code == 429
    html = answer.content.decode()
    assert "was not sent" in html
    assert "office" in html.lower()
    assert "When is the next issue?" in html
    assert not ContactMessage.objects.exists()


def test_the_networks_limit_is_high_and_a_refusal_keeps_the_words(client, contact, site_settings):
    site_settings.contact_limit_an_hour = 3
    site_settings.save()
    for _ in range(3):
        assert client.post(contact.url, GOOD).status_code == 200
    refused = client.post(contact.url, GOOD | {"your_message": "Still here"})
    assert refused.status_code == 429
    assert "Still here" in refused.content.decode()
    assert ContactMessage.objects.count() == 3


def test_no_header_can_be_smuggled_in(client, contact):
    client.post(contact.url, GOOD | {"your_name": "A\r\nBcc: everyone@example.org"})
    for mail in OutgoingMail.objects.all():
        assert "\n" not in mail.subject
        assert "Bcc" not in mail.text


def test_null_bytes_are_refused_kindly(client, contact):
    assert client.post(contact.url, GOOD | {"your_message": "a\x00b"}).status_code == 200
    assert not ContactMessage.objects.exists()


def test_a_post_needs_the_forms_token(contact):
    assert Client(enforce_csrf_checks=True).post(contact.url, GOOD).status_code == 403
