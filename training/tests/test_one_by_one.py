"""The clock's jobs over many rows: one row that fails is logged and doesn't stop the others."""

from contextlib import contextmanager

import pytest
from django.db.models.signals import pre_save

from training import booking, certificates, charges, scheduling
from training.models import Booking, Certificate, Charge, TrainingSession
from training.tests import factories
from training.tests.charging import move, rule, settled, states

pytestmark = pytest.mark.django_db


@contextmanager
def failing(model, when):
    """The rows that ``when`` says can't be saved."""

    def refuse(instance, **kwargs):
        if when(instance):
            raise RuntimeError("this row can't be saved")

    pre_save.connect(refuse, sender=model)
    try:
        yield
    finally:
        pre_save.disconnect(refuse, sender=model)


@pytest.fixture
def three():
    """Three people in sessions of their own that are over."""
    made = []
    for number in range(3):
        session = factories.session(days=20 + number)
        made.append(booking.book(session.pk, factories.person(number)))
        move(session, days=2)
    return made


def test_sessions_are_finished(three, caplog):
    bad = three[0].session_id
    with failing(TrainingSession, lambda session: session.pk == bad):
        assert scheduling.finish_past() == 2
    assert f"the session to finish {bad} couldn't" in caplog.text
    assert list(TrainingSession.objects.filter(status="open").values_list("pk", flat=True)) == [bad]
    assert scheduling.finish_past() == 1


def test_certificates_are_issued_and_released(three, caplog):
    for made in three:
        settled(made, Booking.Outcome.ATTENDED)
    with failing(Certificate, lambda certificate: certificate.booking_id == three[0].pk):
        assert certificates.issue_due() == certificates.Done(issued=2, released=2)
    assert f"the certificate of booking {three[0].pk} couldn't" in caplog.text
    with failing(Certificate, lambda certificate: bool(certificate.pk)):  # issued, and not released
        assert certificates.issue_due() == certificates.Done(issued=1, released=0)
    assert certificates.issue_due() == certificates.Done(issued=0, released=1)


def test_charges_are_proposed_and_withdrawn(three, caplog):
    rule("non_attendance")
    for made in three:
        settled(made, Booking.Outcome.NOT_ATTENDED)
    with failing(Charge, lambda charge: charge.booking_id == three[0].pk):
        assert charges.propose_due() == 2
        assert str(three[0].key) in caplog.text
    assert charges.propose_due() == 1
    for made in three:
        settled(made, Booking.Outcome.ATTENDED)
    with failing(Charge, lambda charge: charge.booking_id == three[0].pk):
        assert charges.withdraw_undue() == 2
    assert sorted(states()) == [("non_attendance", "proposed")] + [("non_attendance", "waived")] * 2
