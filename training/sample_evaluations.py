"""Sample answers to the questions of a finished sample session. Words in them say that they are a sample."""

from collections.abc import Sequence

from training.evaluations import keep, questions
from training.models import Booking, EvaluationAnswer, EvaluationInvitation, EvaluationQuestion, Moment

Kind = EvaluationQuestion.Kind
ANSWERED = {Moment.BEFORE: 8, Moment.AFTER: 9}  # of those who were asked
SCORES = {Moment.BEFORE: (2, 3, 3, 2, 4, 3, 1, 3), Moment.AFTER: (4, 5, 4, 4, 5, 3, 4, 4, 5)}
WORDS = (
    "Sample answer: I will ask earlier, and write it down.",
    "Sample answer: more time for the last exercise.",
    "Sample answer: talk it through with my team.",
)


def load_sample_evaluations(bookings: Sequence[Booking]) -> list[EvaluationAnswer]:
    """Have some of a session's delegates answer before and after it; return the answers."""
    keys = [booking.pk for booking in bookings]
    placed = Booking.objects.confirmed().filter(pk__in=keys).select_related("session", "agency").order_by("pk")
    came = [booking for booking in placed if booking.outcome != Booking.Outcome.NOT_ATTENDED]
    made: list[EvaluationAnswer] = []
    for moment, number in ANSWERED.items():
        for place, booking in enumerate(placed if moment == Moment.BEFORE else came):
            if place < number:
                made += keep(booking, moment, _answers(booking, moment, place))
            else:
                EvaluationInvitation.objects.create(booking=booking, moment=moment)
    return made


def _answers(booking: Booking, moment: Moment, place: int) -> dict[int, int | str]:
    scores, found = SCORES[moment], {}
    for number, question in enumerate(questions(booking, moment)):
        if question.kind == Kind.SCALE:
            found[question.pk] = scores[(place + number) % len(scores)]
        elif question.kind == Kind.YES_NO:
            found[question.pk] = int(place != 4)
        elif question.kind == Kind.CHOICE:
            found[question.pk] = question.options[1 if place % 4 else 0]
        elif place % 3 != 2:
            found[question.pk] = WORDS[(place + number) % len(WORDS)]
    return found
