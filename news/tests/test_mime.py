"""The message as bytes: what mail programs, providers and relays will see."""

import email
import email.policy
import re
import uuid

import dkim
import pytest
from django.conf import settings as django_settings

from dscp_cms.suppression import digest
from news import tokens
from news.models import Campaign, Subscriber
from news.rendering import SLOT_GREETING, SLOT_MANAGE, SLOT_UNSUBSCRIBE
from news.sending import mime
from news.tests.mail_server import Script
from news.tests.sending import delivery_to, newsletter, ready_issue, running_campaign, send, sending_to

pytestmark = pytest.mark.django_db(transaction=True)

HTML = f"""<!doctype html><html lang="en-GB"><body><p>{SLOT_GREETING}</p>
<p>.A line that begins with a dot, and ünïcode — {"long " * 60}</p>
.
<p><a href="{SLOT_UNSUBSCRIBE}">Leave</a> <a href="{SLOT_MANAGE}">Choose</a> a=b</p></body></html>"""
TEXT = f"{SLOT_GREETING}\n\n.dots\n..\n.\nCafé = £5   \n\nLeave: {SLOT_UNSUBSCRIBE}\nChoose: {SLOT_MANAGE}\n"


def template(
    html=HTML, text=TEXT, subject="April: courses, Ünïcode and a £5 subject that is long enough to fold", **more
):
    campaign = Campaign(
        issue=ready_issue(),
        subject=subject,
        html=html,
        text=text,
        status="sending",
        send_at="2025-04-01T09:00Z",
        **more,
    )
    campaign.save()
    campaign.lists.set([newsletter()])
    return mime.MessageTemplate(campaign)


def personal(**changes):
    fields = {
        "key": uuid.uuid4(),
        "email": "reader@example.org",
        "greeting": "Hello Zoë <b>,",
        "unsubscribe": "https://www.example.org/u/" + "x" * 120 + "/",
        "manage": "https://www.example.org/m/?a=1&b=2.",
    }
    return mime.Personal(**{**fields, **changes})


def test_both_bodies_come_out_as_they_went_in():
    person = personal()
    message = email.message_from_bytes(template().fill(person), policy=email.policy.default)
    assert message.get_content_type() == "multipart/alternative"
    plain, html = (message.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
    wanted = TEXT.replace(SLOT_GREETING, person.greeting).replace(SLOT_UNSUBSCRIBE, person.unsubscribe)
    assert plain.rstrip("\n") == wanted.replace(SLOT_MANAGE, person.manage).rstrip("\n")
    wanted = HTML.replace(SLOT_GREETING, "Hello Zoë &lt;b&gt;,").replace(SLOT_UNSUBSCRIBE, person.unsubscribe)
    assert html.rstrip("\n") == wanted.replace(SLOT_MANAGE, "https://www.example.org/m/?a=1&amp;b=2.").rstrip("\n")


def test_the_bytes_keep_to_the_rules():
    content = template().fill(personal(greeting="." * 200))
    assert content.endswith(b"\r\n") and content.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content)
    head, _, body = content.partition(b"\r\n\r\n")
    assert max(len(line) for line in body.split(b"\r\n")) <= 76
    assert not any(line.startswith(b".") for line in content.split(b"\r\n"))
    long = [line for line in head.split(b"\r\n") if len(line) > 78]
    assert [line.partition(b":")[0] for line in long] == [b"List-Unsubscribe"]


def test_headers_on_the_wire(settings):
    settings.PUBLIC_URL = "https://www.a-rather-long-name-for-a-partnership.example.org"
    campaign = running_campaign(people=1)
    Campaign.objects.update(reply_to="office@example.org")
    with sending_to(settings, envelope_from="bounces@example.org") as server:
        send()
    received = server.received[0]
    delivery = delivery_to(campaign, "reader1@example.org")
    url = tokens.delivery_unsubscribe_url(delivery.key)
    assert len(url) > 80
    lines = received.content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert f"List-Unsubscribe: <{url}>".encode() in lines  # neither folded nor encoded
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    assert b"List-Id: <newsletter.localhost>" in lines
    assert f"Message-ID: <{delivery.key}@localhost>".encode() in lines
    assert b"Reply-To: office@example.org" in lines
    assert b"To: reader1@example.org" in lines
    assert b"Precedence: bulk" in lines
    message = received.message
    assert message["From"] == django_settings.MAIL_FROM
    assert message["Subject"] == campaign.subject
    assert message["Date"].datetime
    assert len(message.keys()) == len(set(message.keys()))
    assert received.sender == "bounces@example.org"


def test_one_click_works_with_the_address_in_the_header(settings, client):
    running_campaign(people=1)
    with sending_to(settings) as server:
        send()
    url = server.received[0].message["List-Unsubscribe"].strip("<>")
    client.get(url)
    client.head(url)
    assert Subscriber.objects.get().status == Subscriber.Status.SUBSCRIBED
    answer = client.post(url, {"List-Unsubscribe": "One-Click"}, headers={"origin": "null"})
    assert answer.status_code == 200
    assert Subscriber.objects.get().status == Subscriber.Status.UNSUBSCRIBED


@pytest.mark.parametrize(
    "name", ["", "O'Brien", "a\r\nBcc: x@example.org", "=?utf-8?q?x?=", "DSCP-SLOT-MANAGE-URL", "<script>", "名前"]
)
def test_names_are_only_words(settings, name):
    running_campaign(people=1)
    Subscriber.objects.update(name=name)
    from news.models import Delivery

    Delivery.objects.update(name=name)
    with sending_to(settings, Script()) as server:
        send()
    message = server.received[0].message
    words = " ".join(name.split())
    assert (f"Hello {words}," if words else "Hello,") in message.get_body(("plain",)).get_content()
    assert message["Bcc"] is None and "<script" not in message.get_body(("html",)).get_content()


def test_dkim_covers_what_it_must(settings, tmp_path):
    key, public = dkim_key(tmp_path)
    running_campaign(people=1)
    with sending_to(settings, dkim_key=key, dkim_selector="news", dkim_domain="example.org") as server:
        send()
    content = server.received[0].content
    asked = []

    def dns(name, timeout=5):
        asked.append(name)
        return b"v=DKIM1; k=rsa; p=" + public

    assert dkim.verify(content, dnsfunc=dns)
    assert asked == [b"news._domainkey.example.org."]
    signed = re.search(rb"[\s;]h=([^;]+);", content).group(1).replace(b" ", b"").replace(b"\r\n", b"").lower()
    assert {b"from", b"subject", b"list-unsubscribe", b"list-unsubscribe-post"} <= set(signed.split(b":"))
    assert not dkim.verify(content.replace(b"One-Click", b"Two-Click"), dnsfunc=dns)


def dkim_key(folder):
    import subprocess

    path = folder / "dkim.pem"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", str(path), "2048"], check=True, capture_output=True)
    public = subprocess.run(
        ["openssl", "rsa", "-in", str(path), "-pubout", "-outform", "PEM"], check=True, capture_output=True
    ).stdout
    return path, b"".join(public.split(b"\n")[1:-2])


def test_a_digest_stands_for_the_address_of_every_sample():
    """``begin`` looks suppressions up by this very function."""
    assert digest("A@Example.org ") == digest("a@example.org")
