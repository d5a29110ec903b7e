"""What is said to a mail server, and what its answers mean."""

import ssl
import subprocess

import pytest

from news.models import Campaign
from news.sending import smtp
from news.sending.smtp import Outcome, classify
from news.tests.mail_server import Script, mail_server
from news.tests.sending import outcomes, running_campaign, send, sending_to, use_server

MESSAGE = b"Subject: One\r\n\r\nWords.\r\n"


@pytest.mark.parametrize(
    ("stage", "code", "words", "outcome"),
    [
        ("rcpt", 550, "5.1.1 no such user", Outcome.REFUSED),
        ("rcpt", 550, "no such user here", Outcome.REFUSED),
        ("rcpt", 551, "user not local", Outcome.REFUSED),
        ("rcpt", 552, "5.2.2 mailbox full", Outcome.REFUSED),
        ("rcpt", 553, "5.1.3 bad address", Outcome.REFUSED),
        ("rcpt", 550, "5.4.1 access denied", Outcome.REFUSED),
        ("rcpt", 554, "5.7.1 relay access denied", Outcome.POLICY),
        ("rcpt", 550, "5.7.1 blocked by list", Outcome.POLICY),
        ("rcpt", 550, "5.1.8 sender's domain not found", Outcome.POLICY),
        ("rcpt", 530, "5.7.0 authenticate first", Outcome.POLICY),
        ("rcpt", 503, "5.5.1 bad sequence", Outcome.POLICY),
        ("rcpt", 554, "transaction failed", Outcome.POLICY),
        ("mail", 550, "5.1.0 no", Outcome.POLICY),
        ("mail", 553, "5.1.8 bad sender", Outcome.POLICY),
        ("mail", 552, "5.3.4 too large", Outcome.POLICY),
        ("mail", 451, "4.3.0 later", Outcome.LATER),
        ("rcpt", 450, "4.2.0 greylisted", Outcome.LATER),
        ("rcpt", 452, "4.2.2 mailbox full", Outcome.LATER),
        ("dot", 554, "5.7.1 looks like spam", Outcome.POLICY),
        ("dot", 550, "5.1.1 no such user", Outcome.REFUSED),
        ("dot", 550, "rejected", Outcome.POLICY),
        ("dot", 554, "5.6.0 malformed", Outcome.POLICY),
        ("data", 451, "4.7.1 later", Outcome.LATER),
        ("mail", 421, "too many messages", Outcome.GONE),
        ("connect", 454, "4.7.0 not now", Outcome.GONE),
        ("connect", 535, "5.7.8 bad password", Outcome.POLICY),
    ],
)
def test_what_an_answer_means(stage, code, words, outcome):
    assert classify(stage, code, words) is outcome


@pytest.mark.parametrize("pipelining", [False, True])
def test_a_connection_goes_on_after_a_refusal(settings, pipelining):
    script = Script(rcpt=lambda to: "550 5.1.1 no" if to.startswith("bad") else None, pipelining=pipelining)
    with mail_server(script) as server:
        use_server(settings, server.port)
        connection = smtp.Connection()
        answers = [connection.send("us@example.org", to, MESSAGE) for to in ("bad@example.org", "good@example.org")]
        connection.close()
    assert [answer.outcome for answer in answers] == [Outcome.REFUSED, Outcome.SENT]
    assert server.recipients == ["good@example.org"] and server.connections == 1
    assert server.received[0].content == MESSAGE


@pytest.mark.parametrize("pipelining", [False, True])
def test_a_message_can_be_withdrawn_before_its_data(settings, pipelining):
    with mail_server(Script(pipelining=pipelining)) as server:
        use_server(settings, server.port)
        connection = smtp.Connection()
        withdrawn = connection.send("us@example.org", "one@example.org", MESSAGE, begin=lambda: lambda: False)
        sent = connection.send("us@example.org", "two@example.org", MESSAGE)
        connection.close()
    assert (withdrawn.outcome, sent.outcome) == (Outcome.WITHDRAWN, Outcome.SENT)
    assert server.recipients == ["two@example.org"]


@pytest.mark.parametrize(
    ("address", "outcome"),
    [
        ("a b@example.org", Outcome.REFUSED),
        ("a@example.org>\r\nRCPT TO:<x@example.org", Outcome.REFUSED),
        ("a@bücher.example", Outcome.SENT),
        ("zoë@example.org", Outcome.SENT),
        (f"a@{'x' * 80}.example", Outcome.REFUSED),
    ],
)
def test_odd_addresses(settings, address, outcome):
    with mail_server() as server:
        use_server(settings, server.port)
        connection = smtp.Connection()
        assert connection.send("us@example.org", address, MESSAGE).outcome is outcome
        connection.close()
    if outcome is Outcome.SENT:
        assert server.recipients == [address.replace("bücher", "xn--bcher-kva")]


# Safe connections


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that nobody vouches for."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )
    return folder


def tls(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return {"tls_context": context}


def trust(monkeypatch, certificate):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))


@pytest.mark.django_db(transaction=True)
def test_mail_goes_over_starttls(settings, certificate, monkeypatch):
    trust(monkeypatch, certificate)
    campaign = running_campaign(people=2)
    with sending_to(settings, tls=tls(certificate) | {"require_starttls": True}) as server:
        settings.EMAIL_USE_TLS = True
        send()
    assert outcomes(campaign) == {"sent": 2} and len(server.recipients) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["not offered", "not trusted"])
def test_starttls_that_fails_is_never_followed_by_plain_text(settings, certificate, kind):
    campaign = running_campaign(people=3)
    with sending_to(settings, tls=tls(certificate) if kind == "not trusted" else None) as server:
        settings.EMAIL_USE_TLS = True
        send()
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.PAUSED
    assert "safe connection" in campaign.pause_reason
    assert outcomes(campaign) == {"queued": 3}
    assert server.received == []


@pytest.mark.django_db(transaction=True)
def test_a_refused_password_pauses_the_campaign_and_is_not_shown(settings, certificate, monkeypatch):
    trust(monkeypatch, certificate)
    campaign = running_campaign(people=3)
    with sending_to(settings, tls=tls(certificate) | {"auth_required": True, "authenticator": _nobody}) as server:
        settings.EMAIL_USE_TLS = True
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "news", "opensesame"
        send()
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.PAUSED
    assert "535" in campaign.pause_reason and "opensesame" not in campaign.pause_reason
    assert server.received == []


def _nobody(server, session, envelope, mechanism, data):
    from aiosmtpd.smtp import AuthResult

    return AuthResult(success=False, handled=False)
