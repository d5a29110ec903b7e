"""Evaluations: asked when it is time, answered once, and by nobody."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from dscp_cms.models import Agency, OutgoingMail
from training import evaluations, outcomes, reminders, scheduling, tokens
from training.evaluations import PURPOSES, Standing
from training.models import Booking, EvaluationAnswer, EvaluationInvitation, EvaluationQuestion, Moment
from training.people import Refused
from training.tests import factories

pytestmark = pytest.mark.django_db

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


def address(booking: Booking, moment: Moment) -> str:
    return tokens.path(PURPOSES[moment], tokens.make(PURPOSES[moment], booking))


def filled_in(booking: Booking, moment: Moment, score: int = 4, **answers) -> dict:
    """A form in which every figure has the score and every text some words."""
    data = {}
    for question in evaluations.questions(booking, moment):
        value = {"scale": score, "yes_no": 1, "choice": (question.options or [""])[0], "text": "Some words"}
        data[f"question_{question.pk}"] = value[question.kind]
    return {**data, **answers}


def over(session, time_machine):
    """Move to the end of a session and finish it."""
    time_machine.move_to(session.ends_at + scheduling.THANKS_AFTER)
    assert scheduling.finish_past() == 1
    session.refresh_from_db()


def test_links_go_with_reminder_thanks_and_once_more_six_weeks_later(time_machine, client):
    session = factories.session()
    booking, absent = factories.fill(session, 2)
    time_machine.move_to(session.starts_at - WEEK)
    reminders.send_due()
    time_machine.move_to(session.starts_at - DAY)
    reminders.send_due()
    time_machine.move_to(session.ends_at)
    outcomes.decide(absent.key, "not_attended", None, why="Was ill")
    over(session, time_machine)
    for weeks in (6, 7, 8):
        time_machine.move_to(session.ends_at + timedelta(weeks=weeks) + timedelta(minutes=1))
        evaluations.invite_due()
    mails = OutgoingMail.objects.filter(to=booking.email, text__contains="/evaluate-").order_by("pk")
    assert [mail.kind for mail in mails] == ["training: reminder", "training: thank you", "training: how it went"]
    assert mails.last().drop_at == session.ends_at + 8 * WEEK
    assert list(EvaluationInvitation.objects.filter(booking=booking).values_list("moment", flat=True)) == list(Moment)
    assert list(EvaluationInvitation.objects.filter(booking=absent).values_list("moment", flat=True)) == ["before"]
    link = re.search(r"http\S+(/training/my-bookings/evaluate-later/\S+)", mails.last().text).group(1)
    assert b"Have you used what you learned" in client.get(link).content


def test_found_too_late_nobody_is_asked_what_came_of_it(time_machine):
    session = factories.session()
    factories.fill(session, 1)
    over(session, time_machine)
    time_machine.move_to(session.ends_at + 8 * WEEK)
    assert evaluations.invite_due() == 0


def test_without_questions_there_is_no_link(time_machine):
    EvaluationQuestion.objects.update(active=False)
    session = factories.session()
    factories.fill(session, 1)
    over(session, time_machine)
    time_machine.move_to(session.ends_at + 6 * WEEK)
    assert evaluations.invite_due() == 0
    assert not EvaluationInvitation.objects.exists()
    assert "evaluate" not in OutgoingMail.objects.get(kind="training: thank you").text


def test_answered_by_one_post_and_once(client, time_machine):
    session = factories.session()
    booking = factories.fill(session, 1)[0]
    over(session, time_machine)
    link = address(booking, Moment.AFTER)
    assert client.get(link).status_code == 200
    assert not evaluations.has_answered(booking, "after")
    assert client.post(link, filled_in(booking, Moment.AFTER)).status_code == 302
    number = evaluations.questions(booking, Moment.AFTER).count()
    assert EvaluationAnswer.objects.count() == number
    again = client.post(link, filled_in(booking, Moment.AFTER, score=1))
    assert "We have your answers" in again.content.decode()
    evaluations.answer(booking.key, Moment.AFTER, {})
    assert EvaluationAnswer.objects.count() == number
    assert not EvaluationAnswer.objects.filter(score=1, question__kind="scale").exists()
    assert evaluations.has_answered(booking, "after")
    assert not evaluations.has_answered(booking, "before")
    assert "Some words" not in client.get(link).content.decode()


def test_what_is_missing_is_named_and_what_was_typed_is_kept(client, time_machine):
    session = factories.session()
    booking = factories.fill(session, 1)[0]
    over(session, time_machine)
    first = evaluations.questions(booking, Moment.AFTER).first()
    data = filled_in(booking, Moment.AFTER, **{f"question_{first.pk}": "9"})
    html = client.post(address(booking, Moment.AFTER), data).content.decode()
    assert "error-summary" in html
    assert f"Choose an answer to “{first.text}”" in html
    assert html.count("Some words") == 2
    assert not EvaluationAnswer.objects.exists()
    assert not evaluations.has_answered(booking, "after")


@pytest.mark.parametrize("change", ["forged", "other purpose", "purged"])
def test_a_link_that_is_not_ours_opens_nothing(client, change):
    booking = factories.fill(factories.session(), 1)[0]
    token = tokens.make(PURPOSES[Moment.BEFORE], booking)
    if change == "forged":
        token = ("A" if token[0] != "A" else "B") + token[1:]
    elif change == "other purpose":
        token = tokens.make(tokens.Purpose.MANAGE, booking)
    else:
        Booking.objects.filter(pk=booking.pk).update(purged_at=timezone.now())
    link = tokens.path(PURPOSES[Moment.BEFORE], token)
    assert client.get(link).status_code == 404
    assert client.post(link, {}).status_code == 404


def test_it_opens_and_closes(client, time_machine):
    session = factories.session()
    booking = factories.fill(session, 1)[0]
    assert evaluations.standing(booking, Moment.AFTER) == Standing.TOO_EARLY
    assert set(evaluations.open_for([booking])[booking.pk][0:]) == {
        evaluations.Open(Moment.BEFORE, address(booking, Moment.BEFORE))
    }
    link = address(booking, Moment.BEFORE)
    time_machine.move_to(session.starts_at)
    assert "The session has begun" in client.get(link).content.decode()
    with pytest.raises(Refused):
        evaluations.answer(booking.key, Moment.BEFORE, {})
    time_machine.move_to(session.ends_at + 40 * DAY)
    assert client.get(link).status_code == 410
    session.refresh_from_db()
    assert evaluations.standing(Booking.objects.get(), Moment.AFTER) == Standing.OPEN


def test_an_answer_knows_its_session_and_kind_of_agency_only_in_a_large_group(time_machine):
    police = factories.agency("Example Police", Agency.Kind.POLICE)
    school = factories.agency()
    large, small = factories.session(), factories.session()
    bookings = factories.fill(large, 6) + factories.fill(small, 4, start=10)
    Booking.objects.update(agency=school)
    Booking.objects.filter(pk=bookings[0].pk).update(agency=police)
    for booking in Booking.objects.order_by("pk"):
        evaluations.answer(booking.key, Moment.BEFORE, {EvaluationQuestion.objects.first().pk: 3})
    known = sorted(EvaluationAnswer.objects.values_list("session", "agency_kind"), key=str)
    assert known == sorted([(large.pk, "")] + [(large.pk, "school")] * 5 + [(None, "")] * 4, key=str)


def test_nothing_in_the_tables_leads_from_an_answer_to_a_booking(time_machine):
    session = factories.session()
    bookings = factories.fill(session, 6)
    over(session, time_machine)
    question = evaluations.questions(bookings[0], Moment.AFTER).first()
    for number, booking in enumerate(bookings):
        time_machine.move_to(session.ends_at + DAY + number * timedelta(hours=3))
        evaluations.answer(booking.key, Moment.AFTER, {question.pk: number % 5 + 1})
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM training_evaluationanswer ORDER BY id")
        answers = cursor.fetchall()
        columns = {column[0] for column in cursor.description}
        cursor.execute("SELECT * FROM training_evaluationinvitation")
        kept = {column[0] for column in cursor.description}
    assert columns == {
        *("id", "question_id", "moment", "course_id", "month", "session_id", "agency_kind", "score", "text")
    }
    assert kept == {"id", "booking_id", "moment", "answered"}
    everything = str(answers)
    for booking in bookings:
        assert booking.key.hex not in everything.replace("-", "")
        assert booking.email not in everything
    assert not booking.events.filter(at__gt=session.ends_at + DAY).exists()  # no line in a history tells when


def test_a_question_that_was_answered_keeps_its_meaning(admin_client):
    booking = factories.fill(factories.session(), 1)[0]
    question = EvaluationQuestion.objects.get(text__startswith="How sure")
    evaluations.answer(booking.key, Moment.BEFORE, {question.pk: 3})
    edit = f"/admin/training/evaluationquestion/edit/{question.pk}/"
    data = {"text": "How sure?", "kind": "yes_no", "order": 5, "before": "on", "active": "on"}
    refused = admin_client.post(edit, data)
    assert "has answers already" in refused.content.decode()
    assert admin_client.post(edit, {**data, "kind": "scale"}).status_code == 302
    question.refresh_from_db()
    assert (question.text, question.kind, question.after) == ("How sure?", "scale", False)
    new = {"text": "Enough breaks?", "kind": "choice", "choices": "Yes", "order": 1, "after": "on", "active": "on"}
    assert (
        "at least two answers" in admin_client.post("/admin/training/evaluationquestion/create/", new).content.decode()
    )
    assert not EvaluationQuestion.objects.filter(text="Enough breaks?").exists()


def test_my_bookings_lead_to_the_questions_that_are_open(client, time_machine):
    session = factories.session()
    booking = factories.fill(session, 1)[0]
    mine = tokens.path(tokens.Purpose.MANAGE, tokens.make(tokens.Purpose.MANAGE, booking))
    assert "Answer a few questions before the course" in client.get(mine).content.decode()
    over(session, time_machine)
    html = client.get(mine).content.decode()
    assert "Tell us how the course was" in html
    assert "before the course" not in html
    evaluations.answer(booking.key, Moment.AFTER, {})
    assert "Tell us how the course was" not in client.get(mine).content.decode()


def test_the_list_of_questions_says_when_each_is_asked(admin_client):
    course = factories.course()
    EvaluationQuestion.objects.create(text="Only here?", kind="yes_no", course=course)
    EvaluationQuestion.objects.create(text="Not any more?", kind="yes_no", active=False)
    html = admin_client.get("/admin/training/evaluationquestion/").content.decode()
    assert "before, after, six weeks later; required" in html
    assert f"after (only {course.title})" in html
    assert "no longer" in html
