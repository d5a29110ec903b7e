"""Asking the agencies for items."""

import uuid
from datetime import date

import pytest
from django.contrib.auth.models import User

from dscp_cms import suppression
from dscp_cms.models import Agency, OutgoingMail, SiteSettings, Suppression
from news.call_for_items import call_for_items, calls, contacts, suggested_words
from news.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def agencies():
    Agency.objects.all().delete()
    for name, address, active in (
        ("Example Primary School", "head@school.example.org", True),
        ("Example Nursery", "Head@School.example.org", True),
        ("Example Trust", "news@trust.example.org", True),
        ("Closed School", "old@closed.example.org", False),
        ("Silent School", "", True),
        ("Left Charity", "left@charity.example.org", True),
    ):
        Agency.objects.create(name=name, kind=Agency.Kind.SCHOOL, contact_email=address, active=active)
    suppression.suppress("left@charity.example.org", Suppression.Reason.REQUEST)


def test_each_address_once_and_nobody_who_left(agencies):
    assert contacts() == {
        "head@school.example.org": ["Example Nursery", "Example Primary School"],
        "news@trust.example.org": ["Example Trust"],
    }


def test_the_call_says_until_when():
    issue = factories.issue("May issue", copy_date=date(2025, 4, 25))
    subject, text = suggested_words(issue)
    assert subject == "Call for items: May issue (by 25 April 2025)"
    assert "by 25 April 2025, in reply" in text and "Durham Safeguarding Children Partnership" in text
    assert " by " not in suggested_words(factories.issue("June issue"))[0]


def test_one_message_each_answers_to_the_office_and_a_line_in_the_history(agencies):
    issue, user = factories.issue(), User.objects.create_user("comms@example.org")
    settings = SiteSettings.for_site(issue.get_site())
    settings.email = "office@example.org"
    settings.save()
    words = {"subject": "Items\nBcc: x@example.org", "text": "Please send some.", "user": user, "key": uuid.uuid4()}
    assert call_for_items(issue, **words) == 2
    sent = OutgoingMail.objects.filter(kind="call for newsletter items")
    assert {mail.to for mail in sent} == set(contacts())
    assert all(mail.reply_to == "office@example.org" and "\n" not in mail.subject for mail in sent)
    assert [(entry.user, entry.data["count"]) for entry in calls(issue)] == [(user, 2)]
    # The same form sent twice writes once; another call is another call.
    assert call_for_items(issue, **words) == 0
    assert call_for_items(issue, **{**words, "key": uuid.uuid4()}) == 2
    assert OutgoingMail.objects.count() == 4
