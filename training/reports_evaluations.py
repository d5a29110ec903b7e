"""What evaluations say about a period's courses. Nothing is shown of fewer than five answers.

Sums over all courses leave out what is hidden for a single one, so that nobody gets it by taking away.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Q, Sum

from training.evaluations import SMALL
from training.models import Booking, EvaluationAnswer, EvaluationInvitation, EvaluationQuestion, Moment


@dataclass
class Response:
    """How many were asked at a moment, and how many answered."""

    moment: Moment
    asked: int = 0
    answered: int = 0

    @property
    def rate(self) -> float | None:
        """From 0 to 1."""
        return self.answered / self.asked if self.asked else None


@dataclass
class Mean:
    """The mean of some answers; a mean of yes and no is the share of yes."""

    number: int = 0
    total: int = 0

    @property
    def value(self) -> float | None:
        """None where there are too few to show."""
        return self.total / self.number if self.number >= SMALL else None


@dataclass
class Scored:
    """A question answered by a figure: its mean at each moment."""

    question: EvaluationQuestion
    means: dict[Moment, Mean] = field(default_factory=lambda: {moment: Mean() for moment in Moment})

    @property
    def is_share(self) -> bool:
        """Whether the mean is the share of those who said yes."""
        return self.question.kind == EvaluationQuestion.Kind.YES_NO

    @property
    def shows_change(self) -> bool:
        """Whether it can be compared with before."""
        before = self.means[Moment.BEFORE].value is not None
        return before and (self.change(Moment.AFTER) is not None or self.change(Moment.LATER) is not None)

    def change(self, moment: Moment) -> float | None:
        """How much higher the mean is than before; of the two groups, since nobody's answers are joined."""
        before, then = self.means[Moment.BEFORE].value, self.means[moment].value
        return None if before is None or then is None else then - before


@dataclass
class Chosen:
    """A question with answers to choose from: how many chose which."""

    question: EvaluationQuestion
    answers: list[tuple[str, int]]


@dataclass
class Words:
    """A question answered in words. What is older than the retention period is only counted."""

    question: EvaluationQuestion
    number: int
    texts: list[str]


@dataclass
class CourseEvaluation:
    """One course's evaluation, or that of all courses together."""

    course_id: int | None
    name: str
    responses: list[Response] = field(default_factory=lambda: [Response(moment) for moment in Moment])
    scored: list[Scored] = field(default_factory=list)

    @property
    def changes(self) -> list[Scored]:
        """The questions that show change."""
        return [scored for scored in self.scored if scored.shows_change]


@dataclass
class Evaluations:
    """A period's evaluations: all together, and each course that was asked about."""

    total: CourseEvaluation
    by_course: list[CourseEvaluation]


def evaluations(since: date, until: date, moments: tuple[datetime, datetime], titles: dict[int, str]) -> Evaluations:
    """Count invitations by their session's beginning, and answers by its month. In three queries."""
    total, found = CourseEvaluation(None, "All courses"), {}
    for course, moment, asked, answered in _responses(moments):
        one = found.setdefault(course, CourseEvaluation(course, titles[course]))
        for each in (one, total):
            response = next(response for response in each.responses if response.moment == moment)
            response.asked, response.answered = response.asked + asked, response.answered + answered
    questions = {question.pk: question for question in EvaluationQuestion.objects.all()}
    scores: dict[int | None, dict[int, Scored]] = defaultdict(dict)
    for course, question, moment, number, sum_ in _scores(since, until):
        of_total = number >= SMALL
        for key in (course, None) if of_total else (course,):
            mean = scores[key].setdefault(question, Scored(questions[question])).means[Moment(moment)]
            mean.number, mean.total = mean.number + number, mean.total + sum_
    for course in set(scores) - {None}:
        found.setdefault(course, CourseEvaluation(course, titles[course]))
    for key, one in ((None, total), *found.items()):
        one.scored = sorted(scores[key].values(), key=lambda scored: (scored.question.order, scored.question.pk))
    return Evaluations(total, sorted(found.values(), key=lambda one: one.name.casefold()))


@dataclass
class Answers:
    """What was chosen and written about one course."""

    chosen: list[Chosen] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)


def answers(since: date, until: date, course: int | None = None) -> dict[int, Answers]:
    """By course, or of one: of each question at least five answers, or nothing. In two queries."""
    rows = EvaluationAnswer.objects.filter(month__gte=since, month__lt=until, score=None)
    rows = rows.filter(course=course) if course else rows
    texts: dict[tuple[int, int], list[str]] = defaultdict(list)
    for of_course, question, text in rows.order_by("pk").values_list("course_id", "question_id", "text"):
        texts[of_course, question].append(text)
    found: dict[int, Answers] = defaultdict(Answers)
    questions = {question.pk: question for question in EvaluationQuestion.objects.all()}
    for (of_course, key), given in sorted(texts.items(), key=lambda item: (questions[item[0][1]].order, item[0])):
        question = questions[key]
        if len(given) < SMALL:
            continue
        if question.kind == EvaluationQuestion.Kind.CHOICE:
            counted = [(option, given.count(option)) for option in question.options]
            found[of_course].chosen.append(Chosen(question, counted))
        else:
            found[of_course].words.append(Words(question, len(given), sorted(text for text in given if text)))
    return found


def _responses(moments: tuple[datetime, datetime]):
    begin, end = moments
    found = EvaluationInvitation.objects.filter(
        booking__session__starts_at__gte=begin,
        booking__session__starts_at__lt=end,
        booking__status=Booking.Status.CONFIRMED,
    )
    counted = found.order_by().values("booking__session__course_id", "moment")
    counted = counted.annotate(asked=Count("pk"), done=Count("pk", filter=Q(answered=True)))
    return counted.values_list("booking__session__course_id", "moment", "asked", "done")


def _scores(since: date, until: date):
    found = EvaluationAnswer.objects.filter(month__gte=since, month__lt=until).exclude(score=None)
    counted = found.order_by().values("course_id", "question_id", "moment")
    counted = counted.annotate(number=Count("pk"), total=Sum("score"))
    return counted.values_list("course_id", "question_id", "moment", "number", "total")
