"""Signing up and one's own pages, through HTTP and a real browser."""

import json
import re
import sqlite3
import statistics
import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dscp_cms import mail, suppression
from dscp_cms.models import LimitCount, OutgoingMail, Suppression, Topic
from dscp_cms.testing.server import running_server
from news import form_requests, subscriber_records, subscribers, tokens
from news.consent_wording import wording
from news.models import Consent, FormRequest, Subscriber
from news.tests.people import a_list, subscribed

pytestmark = pytest.mark.django_db
Status = Subscriber.Status
FORM = {"email": "reader@example.org", "lists": ["1"], "name": "", "agency": "", "website": ""}


@pytest.fixture
def form():
    return FORM | {"lists": [str(a_list().pk)]}


def work():
    """What the worker does."""
    return form_requests.answer_waiting()


def link_in_mail(kind: str) -> str:
    text = OutgoingMail.objects.filter(kind=kind).latest("pk").text
    return re.search(r"http://testserver(/\S+)", text).group(1)


def test_the_form_says_what_for_how_to_leave_and_what_is_agreed_to(client):
    answer = client.get("/subscribe/")
    text = answer.content.decode()
    assert wording() in text.replace("&#x27;", "'")
    assert "Newsletter" in text and "Training updates" in text
    assert "How to stop" in text and "/subscribe/manage/" in text
    assert 'type="hidden" name="website"' not in text


def test_from_the_form_to_the_first_newsletter(client, form, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/subscribe/", form | {"name": "Delegate One"})
    assert (answer.status_code, answer["Location"]) == (302, "/subscribe/sent/")
    assert client.get("/subscribe/sent/").status_code == 200
    path = link_in_mail("newsletter confirmation")
    reader = Subscriber.objects.get()
    assert "reader" not in path and str(reader.pk) not in path.split("/")
    for _ in range(3):
        assert client.get(path).status_code == client.head(path).status_code == 200
    reader.refresh_from_db()
    assert reader.status == Status.PENDING
    assert "You are signed up" in client.post(path, {}).content.decode()
    reader.refresh_from_db()
    assert (reader.status, reader.name) == (Status.SUBSCRIBED, "Delegate One")
    assert "You are signed up" in client.post(path, {}).content.decode()
    assert reader.consents.filter(kind="confirmed").count() == 1


def test_a_form_that_can_t_be_taken_says_why_and_keeps_what_was_typed(client, form):
    answer = client.post("/subscribe/", {"email": "reader@", "name": "Delegate One"})
    text = answer.content.decode()
    assert "Enter an e-mail address like name@example.org." in text
    assert "Tick what you would like to get." in text
    assert 'value="Delegate One"' in text and 'value="reader@"' in text
    assert not FormRequest.objects.exists()


@pytest.mark.parametrize("path", ["/subscribe/", "/subscribe/manage/"])
def test_a_robot_is_told_that_it_was_refused(client, form, path):
    answer = client.post(path, form | {"website": "https://example.com"})
    assert answer.status_code == 200
    assert "a field that should stay empty was filled in" in answer.content.decode()
    assert not FormRequest.objects.exists()


def people_in_every_state() -> dict[str, str]:
    """An address in each state."""
    subscribed("known@example.org")
    subscribers.leave(subscribed("left@example.org"), source="unsubscribe link")
    subscribers.ask_to_confirm("pending@example.org", lists=["newsletter"])
    suppression.suppress("refused@example.org", Suppression.Reason.BOUNCE)
    suppression.suppress("complained@example.org", Suppression.Reason.COMPLAINT)
    return {name: f"{name}@example.org" for name in ("known", "left", "pending", "refused", "complained", "unknown")}


@pytest.mark.parametrize("path", ["/subscribe/", "/subscribe/manage/"])
def test_every_address_gets_the_same_answer_by_the_same_work(path, form, tasks_in_database):
    answers, queries = set(), set()
    for email in people_in_every_state().values():
        LimitCount.objects.all().delete()  # else the first would differ from the next of its network
        with CaptureQueriesContext(connection) as captured:
            answer = Client().post(path, form | {"email": email})
        queries.add(tuple(re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in captured))
        answers.add((answer.status_code, answer["Location"], answer.content))
    assert len(answers) == len(queries) == 1


def test_the_time_tells_nothing(form, tasks_in_database):
    people_in_every_state()
    times = {"known@example.org": [], "unknown@example.org": []}
    client = Client()
    for turn in range(60):
        for email in sorted(times, reverse=turn % 2):
            LimitCount.objects.all().delete()
            started = time.perf_counter()
            client.post("/subscribe/", form | {"email": email})
            times[email].append(time.perf_counter() - started)
    known, unknown = times.values()
    slower = sum((a > b) + (a == b) / 2 for a in known for b in unknown) / (len(known) * len(unknown))
    assert 0.3 < slower < 0.7, (statistics.median(known), statistics.median(unknown))


def test_the_link_goes_to_known_addresses_only_and_nobody_is_told(client, form):
    for email in people_in_every_state().values():
        answer = client.post("/subscribe/manage/", {"email": email, "website": ""})
        assert answer["Location"] == "/subscribe/manage/sent/"
    OutgoingMail.objects.all().delete()
    work()
    assert set(OutgoingMail.objects.values_list("to", flat=True)) == {
        "known@example.org",
        "left@example.org",
        "pending@example.org",
    }


def test_one_address_has_a_limit_and_a_network_a_high_one(client, form):
    for _ in range(form_requests.FOR_ONE_ADDRESS):
        assert client.post("/subscribe/", form).status_code == 302
    answer = client.post("/subscribe/", form)
    assert answer.status_code == 429
    assert "typed here several times" in answer.content.decode() and form["email"] in answer.content.decode()
    for n in range(form_requests.FROM_ONE_NETWORK - form_requests.FOR_ONE_ADDRESS - 1):
        assert client.post("/subscribe/", form | {"email": f"d{n}@example.org"}).status_code == 302
    answer = client.post("/subscribe/", form | {"email": "last@example.org"})
    assert answer.status_code == 429 and "your network" in answer.content.decode()
    assert (
        client.post("/subscribe/", form | {"email": "last@example.org"}, REMOTE_ADDR="198.51.100.7").status_code == 302
    )


def test_what_the_worker_never_heard_of_is_found_by_the_clock(form, client):
    client.post("/subscribe/", form)  # the test's transaction is never committed, so nobody is woken
    assert not OutgoingMail.objects.exists()
    assert work() == 1
    assert OutgoingMail.objects.count() == 1
    assert work() == 0


@pytest.mark.parametrize("name", ["confirm_subscription", "subscription", "confirm_address", "unsubscribe"])
@pytest.mark.parametrize("token", ["x", "A" * 38, "é", "A" * 500])
def test_a_link_that_isn_t_ours_is_a_calm_404(client, name, token):
    answer = client.get(reverse(name, args=[token]))
    assert answer.status_code == 404
    assert "/subscribe/manage/" in answer.content.decode()
    assert client.post(reverse(name, args=[token])).status_code == 404


def manage(reader, rest=""):
    return tokens.manage_url(reader).removeprefix("http://testserver") + rest


def test_a_subscriber_changes_lists_name_agency_and_topics(client):
    reader, training, topic = subscribed(), a_list("training-updates"), Topic.objects.create(name="Neglect")
    a_list("staff-only", public=False)
    text = client.get(manage(reader)).content.decode()
    assert "reader@example.org" in text and "Staff only" not in text
    data = {"lists": [training.pk], "name": "Delegate Two", "agency": "Nowhere", "topics": [topic.pk]}
    answer = client.post(manage(reader), data, follow=True)
    assert answer.redirect_chain == [(manage(reader, "saved/"), 302)]
    reader.refresh_from_db()
    assert (reader.lists.get(), reader.name, reader.agency_name) == (training, "Delegate Two", "Nowhere")
    assert reader.topics.get() == topic
    client.post(manage(reader), {"lists": []})
    reader.refresh_from_db()
    assert reader.status == Status.UNSUBSCRIBED


def test_a_complaint_is_lifted_only_by_somebody_who_was_told(client):
    reader = subscribed()
    suppression.suppress(reader.email, Suppression.Reason.COMPLAINT)
    subscribers.ask_to_confirm(reader.email, lists=["newsletter"])
    path = tokens.confirm_url(reader).removeprefix("http://testserver")
    assert "marked as junk" in client.get(path).content.decode()
    assert "Tick the box" in client.post(path, {}).content.decode()
    assert suppression.suppression_of(reader.email)
    assert "You are signed up" in client.post(path, {"despite_complaint": "yes"}).content.decode()
    assert suppression.suppression_of(reader.email) is None


def test_a_new_address_is_confirmed_where_it_is(client):
    reader = subscribed()
    answer = client.post(manage(reader, "address/"), {"email": "new@example.org"})
    assert "new@example.org" in answer.content.decode()
    path = link_in_mail("newsletter address change")
    assert OutgoingMail.objects.get(kind="newsletter address change").to == "new@example.org"
    client.get(path)
    reader.refresh_from_db()
    assert reader.email == "reader@example.org"
    assert "Your address is changed" in client.post(path).content.decode()
    assert "Your address is changed" in client.post(path).content.decode()
    reader.refresh_from_db()
    assert reader.email == "new@example.org"
    subscriber_records.ask_to_change_address(reader, "third@example.org")
    assert client.post(link_in_mail("newsletter address change")).status_code == 200
    assert client.post(path).status_code == 404


def test_a_new_address_that_is_known_is_not_told_apart(client):
    reader = subscribed()
    subscribed("other@example.org")
    first = client.post(manage(reader, "address/"), {"email": "other@example.org"}).content.decode()
    second = client.post(manage(reader, "address/"), {"email": "nobody@example.org"}).content.decode()
    assert first.replace("other@example.org", "X") == second.replace("nobody@example.org", "X")


def test_what_is_held_is_shown_and_downloaded(client):
    reader = subscribed(name="Delegate One")
    page = client.get(manage(reader, "data/")).content.decode()
    assert "Delegate One" in page and "Confirmed by the person" in page
    answer = client.get(manage(reader, "data/?as=json"))
    assert "attachment" in answer["Content-Disposition"]
    assert json.loads(answer.content)["email"] == "reader@example.org"


def test_erasing_takes_a_button_and_then_the_link_is_dead(client):
    reader = subscribed()
    client.get(manage(reader, "erase/"))
    assert Subscriber.objects.exists()
    answer = client.post(manage(reader, "erase/"), follow=True)
    assert "deleted" in answer.content.decode()
    assert not Subscriber.objects.exists()
    assert client.get(manage(reader)).status_code == 404


def test_personal_pages_are_kept_out_of_caches_and_indexes(client):
    reader = subscribed()
    for rest in ("", "saved/", "address/", "data/", "data/?as=json", "erase/"):
        answer = client.get(manage(reader, rest))
        assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]
        assert "noindex" in answer.content.decode() or "json" in rest


def test_a_hundred_looks_change_nothing(client):
    reader = subscribed()
    subscribers.ask_to_confirm(reader.email, lists=["training-updates"])
    subscriber_records.ask_to_change_address(reader, "new@example.org")
    reader.refresh_from_db()
    urls = [tokens.confirm_url(reader), tokens.address_url(reader), tokens.unsubscribe_url(reader)]
    urls += [manage(reader, rest) for rest in ("", "saved/", "address/", "data/", "erase/")]

    def state():
        models = (Subscriber, Consent, OutgoingMail, Suppression, FormRequest)
        return [list(model.objects.order_by("pk").values()) for model in models]

    before = state()
    for url in urls:
        for _ in range(7):
            assert client.get(url).status_code == client.head(url).status_code == 200
    assert state() == before


def test_forms_need_their_token_against_forgery():
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/subscribe/", FORM).status_code == 403


def test_mail_has_no_odd_characters_and_says_how_to_do_nothing():
    subscribers.ask_to_confirm("reader@example.org", lists=["newsletter"])
    message = OutgoingMail.objects.get()
    mail.deliver(message.pk)
    assert "DSCP" in message.subject
    assert "Do nothing, and nothing will be sent." in message.text
    assert "&#" not in message.text and "&amp;" not in message.text


@pytest.fixture(scope="module")
def site(empty_site_data, tmp_path_factory):
    """A real server, with one subscriber; ``links`` are the paths of that subscriber's pages."""
    script = """
from dscp_cms.models import Topic
from news import subscribers, tokens
Topic.objects.create(name="Neglect")
reader = subscribers.ask_to_confirm("known@example.org", lists=["newsletter"], name="Delegate One")
subscribers.confirm(reader)
subscribers.ask_to_confirm("known@example.org", lists=["training-updates"])
for url in (tokens.manage_url(reader), tokens.unsubscribe_url(reader), tokens.confirm_url(reader)):
    print("LINK", "/" + url.split("/", 3)[3])
"""
    with running_server(tmp_path_factory.mktemp("subscribe"), copy_of=empty_site_data, workers=1) as server:
        said = server.manage("shell", "-v0", "-c", script).stdout
        server.links = re.findall(r"LINK (\S+)", said)
        yield server


@pytest.mark.browser
def test_signing_up_in_a_browser_without_javascript(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/subscribe/")
    page.get_by_role("button", name="Sign up").click()
    assert page.get_by_role("link", name="Enter your e-mail address.").is_visible()
    page.get_by_label("Your e-mail address").fill("reader@example.org")
    assert page.locator(".trap").bounding_box()["x"] < 0
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/subscribe/sent/")
    context.close()
    site.work()
    with sqlite3.connect(site.data_dir / "db.sqlite3") as database:
        mails = database.execute(
            "SELECT kind FROM dscp_cms_outgoingmail WHERE \"to\" = 'reader@example.org'"
        ).fetchall()
    assert mails == [("newsletter confirmation",)]
    assert "reader@example.org" not in site.log()


@pytest.mark.browser
def test_the_pages_pass_axe_and_fit_a_small_screen(page, site):
    from axe_playwright_python.sync_playwright import Axe

    own, leave, confirm = site.links
    paths = ["/subscribe/", "/subscribe/sent/", "/subscribe/manage/", "/subscribe/manage/x/", leave, confirm]
    paths += [own + rest for rest in ("", "saved/", "address/", "data/", "erase/")]
    page.set_viewport_size({"width": 320, "height": 800})
    for path in paths:
        page.goto(site.url + path)
        found = Axe().run(page).response["violations"]
        assert not found, (path, [(each["id"], [node["html"] for node in each["nodes"]]) for each in found])
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
