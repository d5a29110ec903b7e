"""Sending from a shell."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from news.models import Campaign
from news.sending import campaigns
from news.tests.sending import newsletter, outcomes, ready_issue, send, subscribers

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments, **options) -> str:
    out = StringIO()
    call_command("send_issue", *arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def issue():
    subscribers(3)
    return ready_issue(slug="april-2025")


def test_it_sends_now_without_the_time_to_undo(issue):
    said = run("april-2025", list_slug="newsletter", yes=True)
    campaign = Campaign.objects.get()
    assert f"Campaign {campaign.pk} goes to 3 people now" in said
    assert campaign.send_at <= timezone.now()
    campaigns.start_due()
    send()
    assert outcomes(campaign) == {"sent": 3}


def test_it_can_be_for_later(issue):
    said = run("april-2025", list_slug="newsletter", at="2099-04-30T09:00", yes=True)
    assert "at 30/04/2099 09:00" in said
    assert timezone.localtime(Campaign.objects.get().send_at).isoformat() == "2099-04-30T09:00:00+01:00"


def test_it_asks_and_takes_no_for_an_answer(issue, monkeypatch):
    asked = []
    monkeypatch.setattr("builtins.input", lambda words: asked.append(words) or "n")
    with pytest.raises(CommandError, match="Nothing was sent"):
        run("april-2025", list_slug="newsletter")
    assert "to 3 people now?" in asked[0]
    monkeypatch.setattr("builtins.input", lambda words: "yes")
    assert "goes to 3 people" in run("april-2025", list_slug="newsletter")


def test_nothing_is_sent_where_nobody_can_answer(issue, monkeypatch):
    def nobody(words):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(CommandError, match="Nothing was sent"):
        run("april-2025", list_slug="newsletter")
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (["march-2025"], {"list_slug": "newsletter"}, "There is no issue “march-2025”"),
        (["april-2025"], {"list_slug": "nope"}, "there are: "),
        (["april-2025"], {"list_slug": "newsletter", "at": "tomorrow"}, "--at must be a time"),
        (["april-2025"], {"list_slug": "newsletter", "at": "2025-02-30T09:00"}, "--at must be a time"),
        (["april-2025"], {"list_slug": "newsletter", "at": "2020-04-30T09:00"}, "in the past"),
    ],
)
def test_what_cannot_be_is_one_clear_sentence(issue, arguments, options, sentence):
    with pytest.raises(CommandError, match=sentence) as refused:
        run(*arguments, **options, yes=True)
    assert len(str(refused.value).splitlines()) == 1
    assert not Campaign.objects.exists()


def test_blocks_stop_it_even_with_yes(issue):
    issue.subject = ""
    issue.save_revision().publish()
    out = StringIO()
    with pytest.raises(CommandError, match="put right"):
        call_command("send_issue", "april-2025", list_slug="newsletter", yes=True, stdout=out)
    assert "Stop: The subject is missing." in out.getvalue()


def test_whoever_got_it_gets_it_no_second_time(issue):
    run("april-2025", list_slug="newsletter", yes=True)
    campaigns.start_due()
    send()
    with pytest.raises(CommandError, match="nobody on that list who hasn't got this issue"):
        run("april-2025", list_slug="newsletter", yes=True)
    subscribers(1, first=50)
    assert "goes to 1 person" in run("april-2025", list_slug=newsletter().slug, yes=True)


def test_the_other_day_is_not_today(issue):
    run(
        "april-2025",
        list_slug="newsletter",
        at=(timezone.localtime() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"),
        yes=True,
    )
    assert campaigns.start_due() == []
