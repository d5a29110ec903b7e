"""Certificates: issued once, frozen, given when nothing waits, corrected, revoked, confirmed to others."""

from datetime import timedelta
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from dscp_cms.models import OutgoingMail
from home.roles import EDITORS, TRAINING_TEAM, sync
from training import certificates, evaluations, outcomes, tokens
from training.models import Booking, Certificate, EvaluationQuestion, Moment, TrainingSettings
from training.people import Refused
from training.personal_data import forget
from training.tests import factories

pytestmark = pytest.mark.django_db

NAMES = [
    "Siobhán O’Brien",
    "Zoë D'Arcy-Łukaszewicz",
    "محمد علي",
    "Nguyễn Thị Ánh",
    '#eval("x") $x$ *b* _i_ @ref <l> \\ [x] {y} // /* "q" `r`',
    "Wilhelmina " + "Featherstonehaugh-" * 10 + "Smythe",
    "W" * 200,
]


def attended(name: str = "Siobhán O’Brien", **course_fields) -> Booking:
    """Somebody who came to a session of two days that ended yesterday."""
    course = factories.course(**course_fields) if course_fields else None
    session = factories.session(course, days=7, number=2, facilitator="Sam Sample")
    booking = factories.book(session.pk, factories.person(name=name))
    now = timezone.now()
    for place, day in enumerate(session.days.order_by("-starts_at")):
        begin = now - timedelta(days=1 + 7 * place, hours=5)
        type(day).objects.filter(pk=day.pk).update(starts_at=begin, ends_at=begin + timedelta(hours=3))
    Booking.objects.filter(pk=booking.pk).update(outcome=Booking.Outcome.ATTENDED, outcome_at=now)
    OutgoingMail.objects.all().delete()
    return Booking.objects.select_related("session__course").get(pk=booking.pk)


def words_of(content: bytes) -> str:
    """The text of a PDF, its places to break taken out."""
    document = pypdfium2.PdfDocument(content)
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    return " ".join(text.replace("\u200b", "").replace("\ufffe", "").split())


def test_nobody_gets_a_certificate_before_the_last_day_ends():
    made = attended()
    last = made.session.days.latest("starts_at")
    ends_at = timezone.now() + timedelta(minutes=5)
    type(last).objects.filter(pk=last.pk).update(ends_at=ends_at)
    assert certificates.issue_due() == certificates.Done() and certificates.issue(made.pk) is None
    type(last).objects.filter(pk=last.pk).update(ends_at=timezone.now())
    assert certificates.issue_due().issued == 1


def test_whoever_attended_gets_one_certificate_and_one_mail(client):
    booking = attended()
    assert certificates.issue_due() == certificates.Done(issued=1, released=1)
    assert certificates.issue_due() == certificates.Done()
    (certificate,) = Certificate.objects.all()
    assert (certificate.name, certificate.course_title) == ("Siobhán O’Brien", "Neglect basics")
    assert (certificate.level, certificate.minutes, len(certificate.dates)) == ("Level 2", 360, 2)
    (mail,) = OutgoingMail.objects.all()
    assert mail.to == booking.email and mail.subject == "Your certificate: Neglect basics"
    link = next(line for line in mail.text.splitlines() if line.endswith("/certificate/"))
    answer = client.get(link.removeprefix("http://testserver"))
    assert answer["Content-Type"] == "application/pdf" and "no-store" in answer["Cache-Control"]
    said = words_of(answer.content)
    for expected in ("Siobhán O’Brien", "Neglect basics", "6 hours", "Level 2", "Sam Sample", certificate.code):
        assert expected in said
    bookings = client.get(tokens.path(tokens.Purpose.MANAGE, tokens.make(tokens.Purpose.MANAGE, booking)))
    assert f"{booking.key}/certificate/" in bookings.content.decode()


def test_nobody_gets_one_who_did_not_attend_or_by_another_persons_link(client):
    booking = attended()
    other = factories.book(factories.session(days=3).pk, factories.person(7))
    Booking.objects.filter(pk=booking.pk).update(outcome=Booking.Outcome.NOT_ATTENDED)
    assert certificates.issue_due() == certificates.Done()
    assert certificates.issue(booking.pk) is None
    Booking.objects.filter(pk=booking.pk).update(outcome=Booking.Outcome.ATTENDED)
    certificates.issue_due()
    token = tokens.make(tokens.Purpose.MANAGE, other)
    assert client.get(f"/training/my-bookings/{token}/{booking.key}/certificate/").status_code == 404


def test_a_change_of_course_or_session_changes_no_certificate():
    booking = attended()
    certificates.issue_due()
    booking.session.course.title = "Another name"
    booking.session.course.save()
    booking.session.days.all().delete()
    certificate = Certificate.objects.get()
    assert certificate.course_title == "Neglect basics" and len(certificate.dates) == 2


def test_where_the_course_says_so_it_waits_for_the_evaluation():
    booking = attended(certificate_after_evaluation=True)
    EvaluationQuestion.objects.all().delete()
    question = EvaluationQuestion.objects.create(text="How was it?", after=True)
    assert certificates.issue_due() == certificates.Done(issued=1)
    assert certificates.of_bookings([booking.pk]) == {} and not OutgoingMail.objects.exists()
    evaluations.keep(booking, Moment.AFTER, {question.pk: 4})
    assert certificates.issue_due() == certificates.Done(released=1)
    assert OutgoingMail.objects.count() == 1


def test_attendance_taken_back_before_anybody_had_it_leaves_nothing():
    booking = attended(certificate_after_evaluation=True)
    EvaluationQuestion.objects.create(text="How was it?", after=True)
    certificates.issue_due()
    Booking.objects.filter(pk=booking.pk).update(outcome=Booking.Outcome.NOT_ATTENDED)
    assert certificates.issue_due() == certificates.Done()
    assert not Certificate.objects.exists()


def test_mail_found_late_waits_for_a_person():
    booking = attended()
    Booking.objects.filter(pk=booking.pk).update(outcome_at=timezone.now() - timedelta(days=3))
    certificates.issue_due()
    assert OutgoingMail.objects.get().not_before < timezone.now() - timedelta(days=2)
    assert not OutgoingMail.objects.exclude(attempts=0).exists()


def test_the_database_refuses_two_in_force_for_one_booking():
    booking = attended()
    certificates.issue_due()
    facts = {"name": "A", "course_title": "B", "ended_on": timezone.localdate(), "booking": booking}
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.create(**facts)


def check(client, code, surname):
    """Ask the public page."""
    return client.post("/training/certificates/", {"code": code, "surname": surname})


def test_code_and_surname_together_confirm_a_certificate(client):
    attended()
    certificates.issue_due()
    code = Certificate.objects.get().code
    assert client.get("/training/certificates/").status_code == 200
    for typed, surname in ((code, "O'Brien"), (code.lower().replace("-", " "), "obrien"), (code, "Siobhan O’Brien")):
        answer = check(client, typed, surname)
        assert "This certificate is genuine" in answer.content.decode() and "Neglect basics" in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
    refused = [check(client, *pair) for pair in ((code, "Smith"), ("2222-2222-2222", "O'Brien"), (code, "Brie"))]
    errors = {page.content.decode().count("We know no certificate with this code and this surname") for page in refused}
    assert errors.pop() > 0 and not errors
    assert not any("Neglect basics" in page.content.decode() for page in refused)


@pytest.mark.parametrize("typed", ["", " ", "\x00", "x" * 5000, "ﷺ", "<script>"])
def test_nothing_typed_breaks_the_page(client, typed):
    factories.catalogue()
    answer = check(client, typed, typed)
    assert answer.status_code == 200 and "genuine</span>" not in answer.content.decode()


def test_surnames_cannot_be_tried_out(client):
    attended()
    certificates.issue_due()
    code = Certificate.objects.get().code
    answers = [check(client, code, f"Name {number}").status_code for number in range(21)]
    assert answers[:20] == [200] * 20 and answers[20] == 429
    assert check(client, code, "O'Brien").status_code == 429


def test_a_correction_has_a_new_code_and_the_old_one_says_replaced(client, admin_user):
    booking = attended("Siobhan Obrien")
    certificates.issue_due()
    old = Certificate.objects.get()
    facts = {"course_title": old.course_title, "facilitator": old.facilitator}
    with pytest.raises(Refused, match="Nothing is changed"):
        certificates.correct(old.pk, admin_user, name=old.name, why="x", **facts)
    new = certificates.correct(old.pk, admin_user, name="Siobhán O’Brien", why="Accent", **facts)
    assert new.code != old.code and new.ended_on == old.ended_on and new.released_at == old.released_at
    assert "This certificate was replaced" in check(client, old.code, "Obrien").content.decode()
    assert "This certificate is genuine" in check(client, new.code, "O’Brien").content.decode()
    assert certificates.of_bookings([booking.pk]) == {booking.pk: new}
    assert "corrected" in OutgoingMail.objects.order_by("pk").last().text
    with pytest.raises(Refused, match="replaced already"):
        certificates.correct(old.pk, admin_user, name="B", why="x", **facts)


def test_what_is_revoked_is_not_given_nor_made_anew(client, admin_user):
    booking = attended()
    certificates.issue_due()
    certificate = certificates.revoke(Certificate.objects.get().pk, admin_user, why="Not there")
    assert "no longer valid" in check(client, certificate.code, "O’Brien").content.decode()
    assert certificates.issue_due() == certificates.Done() and certificates.of_bookings([booking.pk]) == {}
    with pytest.raises(Refused):
        certificates.revoke(certificate.pk, admin_user, why="Again")


def test_it_outlives_its_booking_by_a_time_of_its_own(client):
    booking = attended()
    certificates.issue_due()
    forget(Booking.objects.get(pk=booking.pk))
    assert not OutgoingMail.objects.exists()  # the message went with the booking's personal data
    code = Certificate.objects.get().code
    assert "This certificate is genuine" in check(client, code, "O’Brien").content.decode()
    months = TrainingSettings.load().certificate_months
    Certificate.objects.update(ended_on=timezone.localdate() - timedelta(days=31 * months - 40))
    assert certificates.forget_old() == 0
    Certificate.objects.update(ended_on=timezone.localdate() - timedelta(days=31 * months))
    assert certificates.forget_old() == 1 and Booking.objects.filter(pk=booking.pk).exists()


@pytest.mark.parametrize("name", NAMES)
def test_every_name_fits_on_one_tagged_sheet(name):
    booking = attended(name)
    certificates.issue(booking.pk)
    content = certificates.printed(Certificate.objects.get(), "https://example.org")
    with pikepdf.open(BytesIO(content)) as document:
        assert len(document.pages) == 1 and document.Root.MarkInfo.Marked
        assert str(document.Root.Lang) == "en-GB"
        assert str(document.docinfo["/Title"]) == "Certificate of attendance: Neglect basics"
    said = words_of(content)
    if name.isascii():  # letters of other scripts may come in their order on paper
        assert name.replace(" ", "") in said.replace(" ", "")
    else:
        assert "□" not in said and "Certificate of attendance" in said


def test_only_the_surname_counts_however_it_is_written():
    for typed in ("Berg", "van der Berg", "VANDERBERG", "Anna van der Berg"):
        assert certificates.is_surname(typed, "Anna van der Berg")
    for typed in ("", "Anna", "der", "erg", "'"):
        assert not certificates.is_surname(typed, "Anna van der Berg")
    assert certificates.is_surname("علي", "محمد علي") and certificates.is_surname("obrien", "Siobhán O’Brien")


def test_staff_correct_give_revoke_and_print(client, django_user_model):
    sync()
    user = django_user_model.objects.create_user("team@example.org", is_staff=True)
    user.groups.add(Group.objects.get(name=TRAINING_TEAM))
    client.force_login(user)
    attended(certificate_after_evaluation=True)
    EvaluationQuestion.objects.create(text="How was it?", after=True)
    certificates.issue_due()
    pk = Certificate.objects.get().pk
    listed = client.get(reverse("training_certificate_modeladmin_index")).content.decode()
    assert "Not given yet" in listed and "Siobhán" in listed
    assert client.get(reverse("training_certificate_modeladmin_inspect", args=[pk])).status_code == 200
    assert client.get(reverse("training_certificate_pdf", args=[pk])).content.startswith(b"%PDF")
    client.post(reverse("training_certificate_give", args=[pk]))
    assert Certificate.objects.get().released_at and OutgoingMail.objects.count() == 1
    fields = {"name": "Siobhan Smith", "course_title": "Neglect basics", "facilitator": "", "why": "Married"}
    client.post(reverse("training_certificate_correct", args=[pk]), fields)
    new = Certificate.objects.current().get()
    assert (
        new.name == "Siobhan Smith"
        and "Replaced" in client.get(reverse("training_certificate_modeladmin_index")).content.decode()
    )
    client.post(reverse("training_certificate_revoke", args=[new.pk]), {"why": "By mistake"})
    assert not Certificate.objects.current().exists()
    for state in ("current", "waiting", "replaced", "revoked", "doubtful"):
        assert client.get(reverse("training_certificate_modeladmin_index"), {"state": state}).status_code == 200


def test_others_in_the_admin_see_none(client, django_user_model):
    sync()
    user = django_user_model.objects.create_user("editor@example.org", is_staff=True)
    user.groups.add(Group.objects.get(name=EDITORS))
    client.force_login(user)
    certificate = Certificate.objects.create(name="A", course_title="B", ended_on=timezone.localdate())
    for name in ("pdf", "correct", "revoke", "give"):
        assert client.get(reverse(f"training_certificate_{name}", args=[certificate.pk])).status_code in {302, 403}
    assert client.get(reverse("training_certificate_modeladmin_index")).status_code in {302, 403}


def test_the_registers_lead_to_certificates():
    """From a mark on the register to the certificate, through the jobs themselves."""
    booking = attended()
    Booking.objects.update(outcome="", outcome_at=None)
    for day in booking.session.days.all():
        booking.attendances.create(day=day, mark="attended", source="register")
    outcomes.settle(booking.session_id)
    assert certificates.issue_due() == certificates.Done(issued=1, released=1)
