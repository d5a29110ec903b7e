"""Signing in: staff by password and second step, partners by a mailed code; limits, ends, and no hints."""

import re
import statistics
import time
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import PageViewRestriction

from dscp_cms.accounts import second_factor
from dscp_cms.models import Agency, AuditEntry, LimitCount, OutgoingMail, PartnerProfile
from dscp_cms.staff import has_second_step, needs_second_step
from dscp_cms.testing.pages import front_page, make
from home.models import StandardPage

pytestmark = pytest.mark.django_db
PASSWORD = "a long unusual phrase"
NOW = "2026-03-10T10:00:30+00:00"  # half a minute into every stretch of time that is counted


def staff(email="editor@example.org", group="Editors", **fields):
    user = User.objects.create_user(email, email, PASSWORD, **fields)
    if group:
        made, _ = Group.objects.get_or_create(name=group)
        made.permissions.add(Permission.objects.get(codename="access_admin"))
        user.groups.add(made)
    return user


@pytest.fixture
def editor():
    return staff()


@pytest.fixture
def partner():
    agency = Agency.objects.create(name="Example Primary School", kind=Agency.Kind.SCHOOL)
    user = User.objects.create_user("delegate.one@example.org", "delegate.one@example.org")
    PartnerProfile.objects.create(user=user, agency=agency)
    return user


def sign_in(client, email="editor@example.org", password=PASSWORD, **extra):
    return client.post("/admin/login/", {"username": email, "password": password}, **extra)


def page_of(response):
    """What a page says, without what differs from request to request."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return response.status_code, response.get("Location"), text


def code_sent():
    return re.search(r"is:\s+(\S+)", OutgoingMail.objects.latest("pk").text)[1]


# Staff


def test_staff_come_to_the_admin_and_out_again(client, editor):
    response = sign_in(client)
    assert response.status_code == 302 and response["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/login/").status_code == 302
    client.post("/admin/logout/")
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")


def test_one_comes_back_to_where_one_was_going_and_nowhere_else(client, editor):
    to = client.get("/admin/pages/").headers["Location"]
    assert client.post(to, {"username": editor.email, "password": PASSWORD})["Location"] == "/admin/pages/"
    other = Client().post("/admin/login/?next=https://evil.example/", {"username": editor.email, "password": PASSWORD})
    assert other["Location"] == "/admin/"


def test_who_may_not_enter_is_told_and_not_sent_in_a_circle(client):
    staff("nobody@example.org", group=None)
    assert sign_in(client, "nobody@example.org")["Location"] == "/"
    shown = client.get("/admin/", follow=True)
    assert shown.status_code == 200 and len(shown.redirect_chain) == 1


def test_the_sign_in_pages_carry_no_inline_script_and_are_never_kept(client):
    for address in ("/admin/login/", "/partners/sign-in/", "/account/password/"):
        response = client.get(address)
        assert "'unsafe-inline'" not in response["Content-Security-Policy"]
        assert "no-store" in response["Cache-Control"]
        for attributes, text in re.findall(r"<script([^>]*)>(.*?)</script>", response.content.decode(), re.S):
            assert "src=" in attributes or "application/" in attributes, text
        assert 'name="robots" content="noindex"' in response.content.decode()


# Limits


@time_machine.travel(NOW, tick=False)
def test_ten_tries_from_one_network_and_the_owner_gets_in_from_another(client, editor):
    strangers = {"REMOTE_ADDR": "203.0.113.9"}
    for _ in range(10):
        assert "don&#x27;t match" in sign_in(client, password="wrong", **strangers).content.decode()
    assert "too many tries" in sign_in(client, password="wrong", **strangers).content.decode()
    assert "too many tries" in sign_in(client, password=PASSWORD, **strangers).content.decode()
    assert sign_in(Client(), REMOTE_ADDR="203.0.113.10").status_code == 302


def test_a_lock_ends_by_itself(client, editor):
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(11):
            sign_in(client, password="wrong")
        assert sign_in(client).status_code == 200
        clock.shift(timedelta(minutes=15))
        assert sign_in(client).status_code == 302


@time_machine.travel(NOW, tick=False)
def test_the_owners_own_browser_is_never_locked_by_strangers(client, editor):
    sign_in(client)
    client.post("/admin/logout/")
    for number in range(70):
        sign_in(Client(), password="wrong", REMOTE_ADDR=f"203.0.113.{number}")
    assert "too many tries" in sign_in(Client(), REMOTE_ADDR="198.51.100.1").content.decode()
    assert sign_in(client).status_code == 302


@time_machine.travel(NOW, tick=False)
def test_a_known_browser_is_known_for_its_own_account_only(client, editor):
    staff("other@example.org")
    sign_in(client)
    client.post("/admin/logout/")
    for _ in range(11):
        sign_in(client, "other@example.org", "wrong")
    assert "too many tries" in sign_in(client, "other@example.org").content.decode()


def test_counts_hold_no_address(client, editor):
    sign_in(client, password="wrong")
    assert LimitCount.objects.exists()
    assert not any("@" in str(row) for row in LimitCount.objects.values_list())


# No hints


def test_wrong_passwords_are_answered_alike(client, editor):
    known, unknown = (sign_in(Client(), email, "wrong") for email in (editor.email, "nobodys@example.org"))
    assert page_of(known)[2].replace(editor.email, "X") == page_of(unknown)[2].replace("nobodys@example.org", "X")


@pytest.mark.parametrize("address", ["/account/password/", "/partners/sign-in/"])
def test_asking_for_mail_is_answered_alike(editor, partner, address):
    known = editor.email if "password" in address else partner.email
    answers = []
    for email in (known, "nobodys@example.org"):
        client = Client()
        first = client.post(address, {"email": email})
        second = client.get(first["Location"])
        answers.append((page_of(first), page_of(second)[2].replace(email, "X")))
    assert answers[0] == answers[1]
    assert list(OutgoingMail.objects.values_list("to", flat=True)) == [known]


def _seconds(function, times, clock=time.process_time):
    """How long it takes, usually; by default the work alone, however busy the machine is."""
    taken = []
    for _ in range(times):
        began = clock()
        function()
        taken.append(clock() - began)
    return statistics.median(taken)


def test_a_wrong_password_takes_as_long_for_known_and_unknown(settings, editor):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    editor.set_password(PASSWORD)
    editor.save()
    clients = [Client(REMOTE_ADDR=f"203.0.113.{number}") for number in range(14)]
    known = _seconds(lambda: sign_in(clients.pop(), editor.email, "wrong"), 7)
    unknown = _seconds(lambda: sign_in(clients.pop(), "nobodys@example.org", "wrong"), 7)
    assert 0.7 < known / unknown < 1.4, (known, unknown)


@pytest.mark.parametrize("address", ["/account/password/", "/partners/sign-in/"])
def test_asking_for_mail_takes_as_long_for_known_and_unknown(settings, editor, partner, address):
    settings.ACCOUNT_ANSWER_SECONDS = 0.25
    known = editor.email if "password" in address else partner.email
    for email in (known, "nobodys@example.org"):
        waited = _seconds(lambda email=email: Client().post(address, {"email": email}), 1, time.monotonic)
        worked = _seconds(lambda email=email: Client().post(address, {"email": email}), 3)
        # The work is done long before the answer goes, so how much there was of it can't be seen.
        assert worked < 0.2 and waited >= 0.25, (worked, waited)


def test_failed_and_good_sign_ins_are_written_down_without_addresses(client, editor):
    sign_in(client, "nobodys@example.org", "wrong")
    sign_in(client)
    found = list(AuditEntry.objects.order_by("pk").values_list("action", "user", "what"))
    assert found == [("sign_in_failed", None, "wrong address or password"), ("signed_in", editor.pk, "")]


# A new password


def test_a_new_password_by_a_link_that_works_once(client, editor):
    client.post("/account/password/", {"email": " Editor@Example.org "})
    address = re.search(r"http://testserver(\S+)", OutgoingMail.objects.get().text)[1]
    form = client.get(address, follow=True)
    mismatched = client.post(form.request["PATH_INFO"], {"password1": "another long phrase", "password2": "x"})
    assert "There is a problem" in mismatched.content.decode()
    weak = client.post(form.request["PATH_INFO"], {"password1": "short", "password2": "short"})
    assert "at least 12" in weak.content.decode()
    done = client.post(
        form.request["PATH_INFO"], {"password1": "another long phrase", "password2": "another long phrase"}
    )
    assert done.status_code == 302
    assert sign_in(client, password="another long phrase").status_code == 302
    assert "no longer works" in Client().get(address, follow=True).content.decode()
    assert AuditEntry.objects.filter(user=editor, action="password_changed").exists()
    assert "Your password was changed" in OutgoingMail.objects.first().text


def test_partners_and_closed_accounts_get_no_link(client, partner):
    staff("left@example.org", is_active=False)
    for email in (partner.email, "left@example.org"):
        client.post("/account/password/", {"email": email})
    assert not OutgoingMail.objects.exists()


# Sessions


def test_a_session_ends_without_use_and_after_a_working_day(client, editor):
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(client)
        for _ in range(5):
            clock.shift(timedelta(hours=2))
            assert client.get("/admin/").status_code == 200
        clock.shift(timedelta(hours=2, minutes=1))
        assert client.get("/admin/").status_code == 302, "twelve hours in all"
        sign_in(client)
        assert client.get("/admin/").status_code == 200
        clock.shift(timedelta(hours=8, minutes=1))
        assert client.get("/admin/").status_code == 302, "eight hours without use"


def test_a_closed_account_is_out_at_once(client, editor):
    sign_in(client)
    User.objects.update(is_active=False)
    assert client.get("/admin/").status_code == 302
    assert "don&#x27;t match" in sign_in(Client()).content.decode()


# Second step


@pytest.fixture
def with_app(editor):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(editor, secret)
    RecoveryCodes.activate(editor)
    return secret


def app_code(secret, at=None):
    return totp.format_hotp_value(totp.hotp_value(secret, int((at or time.time()) // 30)))


def test_the_second_step_is_asked_for_and_opens(client, editor, with_app):
    assert sign_in(client)["Location"] == "/account/second-step/authenticate/"
    assert client.get("/admin/").status_code == 302
    wrong = client.post("/account/second-step/authenticate/", {"code": "000000"})
    assert "This code is not right" in wrong.content.decode()
    right = client.post(
        "/account/second-step/authenticate/", {"code": f" {app_code(with_app)[:3]} {app_code(with_app)[3:]} "}
    )
    assert right["Location"] == "/admin/" and client.get("/admin/").status_code == 200


def test_a_recovery_code_works_once(client, editor, with_app):
    code = RecoveryCodes(Authenticator.objects.get(user=editor, type="recovery_codes")).get_unused_codes()[0]
    for expected in (302, 200):
        other = Client()
        sign_in(other)
        assert other.post("/account/second-step/authenticate/", {"code": code}).status_code == expected


@time_machine.travel(NOW, tick=False)
def test_codes_cant_be_guessed(client, editor, with_app):
    sign_in(client)
    for number in range(10):
        client.post("/account/second-step/authenticate/", {"code": f"{number:06}"})
    refused = client.post("/account/second-step/authenticate/", {"code": app_code(with_app)})
    assert "too many tries" in refused.content.decode()


def test_secrets_of_apps_are_encrypted(editor, with_app):
    assert with_app not in str(Authenticator.objects.get(user=editor, type="totp").data)


NEEDED = {"Editors": True, "Moderators": True, "Newsletter senders": True, "Training team": True, "Contributors": False}


@pytest.mark.parametrize("group", NEEDED)
def test_where_it_is_needed_the_admin_waits_for_it(client, settings, group):
    settings.SECOND_FACTOR_REQUIRED = True
    user = staff(group=group)
    sign_in(client)
    opened = client.get("/admin/")
    if not NEEDED[group]:
        assert opened.status_code == 200
        return
    assert opened["Location"] == "/account/second-step/"
    assert client.get("/admin/pages/").status_code == 302 and client.get("/").status_code == 200
    shown = client.get("/account/second-step/").content.decode()
    assert "Add a second step first" in shown and "Add a passkey" in shown
    form = client.get("/account/second-step/totp/activate/")
    secret = form.context["form"].secret
    client.post("/account/second-step/totp/activate/", {"code": app_code(secret)})
    assert has_second_step(user) and client.get("/admin/").status_code == 200


def test_nor_does_it_open_to_staff_what_others_may_not_read_elsewhere(
    client, settings, editor, django_capture_on_commit_callbacks
):
    settings.SECOND_FACTOR_REQUIRED = True
    page = make(StandardPage, front_page(), "For partners")
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    elsewhere = Client()
    for one in (client, elsewhere):
        sign_in(one)
    for closed in (page.url, "/partners/"):
        answer = client.get(closed, follow=True)
        assert answer.redirect_chain[-1][0] == "/account/second-step/", closed
        assert "Add a second step first" in answer.content.decode()
    secret = client.get("/account/second-step/totp/activate/").context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/account/second-step/totp/activate/", {"code": app_code(secret)})
    assert client.get(page.url).status_code == 200 and client.get("/partners/").status_code == 200
    # A session that began with the password alone, perhaps a stranger's, has ended.
    assert "sign-in" in elsewhere.get(page.url)["Location"]


def test_an_administrator_takes_it_off(client, settings, editor, with_app, admin_user):
    there, administrator = Client(), Client()
    there.force_login(editor)
    administrator.force_login(admin_user)
    assert there.get("/admin/").status_code == 200
    assert second_factor.reset(editor, admin_user) and not second_factor.reset(editor, admin_user)
    assert sign_in(client)["Location"] == "/admin/"
    assert there.get("/admin/").status_code == 302 and administrator.get("/admin/").status_code == 200
    assert "taken off" in AuditEntry.objects.get(user=admin_user, action="second_factor").what
    assert "took the second step" in OutgoingMail.objects.get().text


def test_the_second_step_asks_nobody_who_they_are_outside_the_admin(client, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get("/robots.txt")
    assert not queries and not response.cookies and "Cookie" not in response.get("Vary", "")


# Partners


def test_a_partner_signs_in_by_a_mailed_code(client, partner):
    response = client.post("/partners/sign-in/?next=/about/", {"email": " Delegate.One@Example.org "})
    form = client.get(response["Location"])
    assert "delegate.one@example.org" in form.content.decode()
    assert "This code is not right" in client.post(response["Location"], {"code": "WRONG"}).content.decode()
    right = client.post(response["Location"], {"code": code_sent().lower()})
    assert right["Location"] == "/about/" and client.session["_auth_user_id"] == str(partner.pk)
    assert not EmailAddress.objects.exists(), "addresses stand in one place"
    assert client.get("/admin/").status_code == 302


def test_a_code_works_in_its_own_browser_for_a_quarter_of_an_hour_and_five_tries(partner):
    with time_machine.travel(NOW, tick=False) as clock:
        one, two = Client(), Client()
        for client in (one, two):
            client.post("/partners/sign-in/", {"email": partner.email})
        code = code_sent()
        assert one.post("/partners/sign-in/code/", {"code": code}).status_code == 200, "another browser's"
        clock.shift(timedelta(minutes=15, seconds=2))
        assert two.post("/partners/sign-in/code/", {"code": code})["Location"] == "/partners/sign-in/"
        three = Client()
        three.post("/partners/sign-in/", {"email": partner.email})
        for _ in range(5):
            three.post("/partners/sign-in/code/", {"code": "WRONG"})
        assert three.post("/partners/sign-in/code/", {"code": code_sent()}).status_code == 302
        assert "_auth_user_id" not in three.session


def test_a_mail_with_a_code_isnt_sent_when_its_time_is_over(client, partner):
    client.post("/partners/sign-in/", {"email": partner.email})
    message = OutgoingMail.objects.get()
    assert timedelta(minutes=14) < message.drop_at - timezone.now() <= timedelta(minutes=15)


@pytest.mark.parametrize("change", ["ended", "inactive", "agency left"])
def test_whose_access_ended_gets_no_code(client, partner, change):
    if change == "ended":
        PartnerProfile.objects.update(ended_at=timezone.now())
    elif change == "inactive":
        User.objects.update(is_active=False)
    else:
        Agency.objects.update(active=False)
    assert client.post("/partners/sign-in/", {"email": partner.email}).status_code == 302
    assert not OutgoingMail.objects.exists() and not mail.outbox


def test_staff_get_no_code_since_it_would_stand_for_their_password(client, editor):
    client.post("/partners/sign-in/", {"email": editor.email})
    assert not OutgoingMail.objects.exists()
    assert needs_second_step(editor) and not isinstance(editor, AnonymousUser)
