"""Transactional mail: a row first, then the worker; what the server answers decides the status."""

import asyncio
import email
import email.policy
import socket
import threading
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from dscp_cms import mail
from dscp_cms.models import OutgoingMail, Suppression
from dscp_cms.suppression import suppress
from dscp_cms.testing.postgres import free_port

Status = OutgoingMail.Status


class Mailbox:
    """What the mail server of a test does with each message: answers it, or drops the connection."""

    def __init__(self):
        self.messages = []
        self.answer_to_recipient = self.answer_to_data = "250 OK"
        self.drop_after_data = False

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):  # noqa: N802
        if self.answer_to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer_to_recipient

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        if self.drop_after_data:
            server.transport.abort()
            await asyncio.sleep(0)
        return self.answer_to_data


@pytest.fixture
def smtp(settings):
    """A real mail server on loopback, which the site uses."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.OUTBOX_DIR = "127.0.0.1", controller.port, None
    settings.MAIL_FROM = "The partnership <noreply@example.org>"
    yield mailbox
    controller.stop()


@pytest.fixture
def outbox(settings, tmp_path):
    """The outbox of a site without a mail server."""
    settings.EMAIL_BACKEND = "dscp_cms.outbox.OutboxBackend"
    settings.OUTBOX_DIR = tmp_path / "outbox"
    return settings.OUTBOX_DIR


def queued(**fields):
    values = {"kind": "test", "to": "delegate.one@example.org", "subject": "Your place", "text": "You have a place."}
    return OutgoingMail.objects.create(**values | fields)


def sent(**fields):
    """Deliver a message; return its row as it is afterwards."""
    row = queued(**fields)
    mail.deliver(row.pk)
    row.refresh_from_db()
    return row


# A row first, the worker after the commit


@pytest.mark.django_db(transaction=True)
def test_a_message_is_a_row_then_the_worker_sends_it(smtp, tasks_in_database):
    with transaction.atomic():
        row = mail.send(kind="test", to="delegate.one@example.org", subject="Your place", text="You have a place.")
        assert not DBTaskResult.objects.exists()
    assert (row.status, smtp.messages) == (Status.QUEUED, [])
    call_command("db_worker", queue_name="*", batch=True, reload=False, startup_delay=False, verbosity=0)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.error) == (Status.SENT, 1, "")
    assert row.sent_at is not None
    assert [message["subject"] for message in smtp.messages] == ["Your place"]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_when_the_transaction_fails(smtp, tasks_in_database):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        mail.send(kind="test", to="delegate.one@example.org", subject="Your place", text="You have a place.")
        raise ZeroDivisionError
    assert not OutgoingMail.objects.exists()
    assert not DBTaskResult.objects.exists()


@pytest.mark.django_db
def test_a_message_whose_task_was_lost_is_found_by_the_clock(smtp):
    row = queued()
    assert mail.send_due() == 1
    row.refresh_from_db()
    assert row.status == Status.SENT


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_sends(smtp):
    row, barrier = queued(), threading.Barrier(6)

    def work():
        barrier.wait()
        mail.deliver(row.pk)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(smtp.messages) == 1


@pytest.mark.django_db
def test_line_breaks_in_a_subject_become_no_header(smtp):
    row = mail.send(kind="test", to="delegate.one@example.org", subject="Hello\r\nBcc: all@example.org", text="Text")
    mail.deliver(row.pk)
    (message,) = smtp.messages
    assert message["subject"] == "Hello Bcc: all@example.org"
    assert message["bcc"] is None


@pytest.mark.django_db
def test_both_texts_and_the_way_to_answer(smtp):
    sent(html="<p>You have <b>a place</b>.</p>", reply_to="office@example.org", subject="Place – confirmed")
    (message,) = smtp.messages
    assert message["reply-to"] == "office@example.org"
    assert message["subject"] == "Place – confirmed"
    assert message["auto-submitted"] == "auto-generated"
    assert message.get_body(("plain",)).get_content().strip() == "You have a place."
    assert "<b>a place</b>" in message.get_body(("html",)).get_content()


# What the server answers


@pytest.mark.django_db
def test_a_temporary_refusal_is_tried_again_later(smtp):
    smtp.answer_to_recipient = "451 Busy"
    row = sent()
    assert (row.status, row.attempts, row.error) == (Status.QUEUED, 1, "451 Busy")
    assert timezone.now() + timedelta(minutes=1) < row.not_before < timezone.now() + timedelta(minutes=3)
    assert mail.send_due() == 0


@pytest.mark.django_db
def test_temporary_refusals_are_tried_for_more_than_a_day_then_given_up(smtp):
    smtp.answer_to_data = "451 Busy"
    row = queued()
    waited = timedelta()
    while row.status == Status.QUEUED:
        row.not_before = timezone.now()
        row.save()
        mail.deliver(row.pk)
        row.refresh_from_db()
        waited += row.not_before - timezone.now()
    assert row.status == Status.FAILED
    assert row.attempts == mail.MAX_ATTEMPTS
    assert waited > timedelta(hours=20)


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["answer_to_recipient", "answer_to_data"])
def test_a_refusal_for_good_is_final(smtp, where):
    setattr(smtp, where, "550 <delegate.one@example.org>: no such person")
    row = sent()
    assert row.status == Status.FAILED
    assert row.error == "550 <the address>: no such person"
    assert mail.send_due() == 0


@pytest.mark.django_db
def test_a_connection_lost_after_the_message_was_handed_over_is_uncertain(smtp):
    smtp.drop_after_data = True
    row = sent()
    assert row.status == Status.UNCERTAIN
    assert len(smtp.messages) == 1
    mail.send_due()
    assert len(smtp.messages) == 1
    assert row in OutgoingMail.objects.undelivered()


@pytest.mark.django_db
def test_a_server_that_is_away_is_tried_again(smtp, settings):
    settings.EMAIL_PORT = free_port()
    assert sent().status == Status.QUEUED


@pytest.mark.django_db
def test_a_server_that_hangs_up_at_once_has_taken_nothing(settings, smtp):
    with socket.create_server(("127.0.0.1", 0)) as rude:
        settings.EMAIL_PORT = rude.getsockname()[1]
        threading.Thread(target=lambda: rude.accept()[0].close(), daemon=True).start()
        assert sent().status == Status.QUEUED


@pytest.mark.django_db
def test_a_refused_password_isnt_the_messages_fault(settings, smtp):
    def refuse(*_):
        return AuthResult(success=False, handled=False)

    controller = Controller(
        smtp, "127.0.0.1", free_port(), authenticator=refuse, auth_required=True, auth_require_tls=False
    )
    controller.start()
    settings.EMAIL_PORT, settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = controller.port, "site", "wrong"
    row = sent()
    controller.stop()
    assert row.status == Status.QUEUED
    assert "535" in row.error


@pytest.mark.django_db
def test_an_address_that_is_none_fails_for_good(smtp):
    assert sent(to="delegate@@example.org\n").status == Status.FAILED
    assert smtp.messages == []


# What must not be sent, and what must wait


@pytest.mark.django_db
def test_a_suppressed_address_gets_nothing(smtp):
    suppress("Delegate.One@example.org", Suppression.Reason.BOUNCE)
    assert sent().status == Status.SUPPRESSED
    assert smtp.messages == []


@pytest.mark.django_db
def test_what_a_crash_left_is_uncertain_and_not_sent_again(smtp):
    crashed = queued(status=Status.SENDING, claimed_at=timezone.now() - mail.LEASE - timedelta(seconds=1))
    at_work = queued(status=Status.SENDING, claimed_at=timezone.now())
    mail.send_due()
    crashed.refresh_from_db()
    at_work.refresh_from_db()
    assert (crashed.status, at_work.status) == (Status.UNCERTAIN, Status.SENDING)
    assert smtp.messages == []


@pytest.mark.django_db
def test_what_is_found_late_waits_for_a_person(smtp):
    row = queued(not_before=timezone.now() - mail.HELD_AFTER - timedelta(minutes=1))
    assert mail.send_due() == 0
    assert mail.release_held() == 1
    assert mail.send_due() == 1
    row.refresh_from_db()
    assert row.status == Status.SENT


# The outbox


def texts(soup, selector):
    return [found.get_text(" ", strip=True) for found in soup.select(selector)]


@pytest.mark.django_db
def test_without_a_mail_server_messages_become_files(outbox):
    row = sent(subject="Ein Gruß – hello")
    assert row.status == Status.OUTBOX
    (path,) = outbox.iterdir()
    assert path.suffix == ".eml"
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert (message["to"], message["subject"]) == ("delegate.one@example.org", "Ein Gruß – hello")


@pytest.mark.django_db
def test_an_outbox_that_cant_be_written_is_tried_again(outbox):
    outbox.parent.mkdir(exist_ok=True)
    outbox.write_text("in the way")
    assert sent().status == Status.QUEUED


@pytest.mark.django_db
def test_the_outbox_lists_and_shows_messages(outbox, client):
    sent(subject="First")
    sent(
        subject="Second <b>",
        text="Confirm at http://testserver/confirm/abc/ please.",
        html="<!doctype html><html><head><title>x</title></head><body><a href='http://testserver/'>Go</a></body></html>",
    )
    answer = client.get("/outbox/")
    soup = BeautifulSoup(answer.content, "html.parser")
    assert texts(soup, "tbody th") == ["Second <b>", "First"]
    assert soup.find("meta", {"name": "robots"})["content"] == "noindex"

    link = soup.select_one("tbody th a")["href"]
    shown = BeautifulSoup(client.get(link).content, "html.parser")
    assert texts(shown, "h1") == ["Second <b>"]
    assert shown.find("a", href="http://testserver/confirm/abc/")
    assert "auto-generated" in shown.get_text()

    frame = client.get(shown.find("iframe")["src"])
    assert frame.content.startswith(b'<!doctype html><html><head><base target="_top">')
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in frame.headers["Content-Security-Policy"].split("style-src")[0]


@pytest.mark.django_db
def test_an_empty_outbox_says_so(outbox, client):
    assert b"Nothing here yet" in client.get("/outbox/").content


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["nothing", "../secret_key", "%2e%2e"])
def test_no_other_file_can_be_read_through_the_outbox(outbox, client, name):
    assert client.get(f"/outbox/{name}/").status_code == 404


@pytest.mark.django_db
def test_there_is_no_outbox_on_https_or_with_a_mail_server(outbox, client: Client, settings):
    settings.HTTPS = True
    assert client.get("/outbox/").status_code == 404
    settings.HTTPS, settings.OUTBOX_DIR = False, None
    assert client.get("/outbox/").status_code == 404
