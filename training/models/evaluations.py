"""Evaluations: the questions, who was asked, and what was answered. No answer knows whose it is.

An invitation says that a booking was asked and whether it has answered, never when. An answer knows its course,
its month and, in a group of five or more, its session and kind of agency; nothing in it leads to a booking.
"""

import secrets

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel

from dscp_cms.models import Agency
from training.models.bookings import Booking
from training.models.catalogue import CoursePage
from training.models.sessions import TrainingSession

HIGHEST = 5  # on the scale, which begins with one


class Moment(models.TextChoices):
    """When somebody is asked."""

    BEFORE = "before", "Before the session"
    AFTER = "after", "After the session"
    LATER = "later", "Six weeks later"


class EvaluationQuestionQuerySet(models.QuerySet):
    """Queries over questions."""

    def asked(self, moment: Moment, course: CoursePage | int):
        """The questions of a moment for a course, in order: those of all courses and its own."""
        return self.filter(Q(course=None) | Q(course=course), active=True, **{Moment(moment).value: True})

    def measuring_change(self):
        """Figures that are asked before and again afterwards, so that they can be compared."""
        kinds = (EvaluationQuestion.Kind.SCALE, EvaluationQuestion.Kind.YES_NO)
        return self.filter(Q(after=True) | Q(later=True), before=True, kind__in=kinds)


class EvaluationQuestion(models.Model):
    """One question. What was answered already keeps its kind and its choices."""

    wagtail_reference_index_ignore = True

    class Kind(models.TextChoices):
        SCALE = "scale", "A scale from 1 to 5"
        YES_NO = "yes_no", "Yes or no"
        CHOICE = "choice", "One of several answers"
        TEXT = "text", "Words of their own"

    text = models.CharField("question", max_length=250, help_text="As delegates read it.")
    kind = models.CharField("answered by", max_length=10, choices=Kind.choices, default=Kind.SCALE)
    lowest = models.CharField("1 means", max_length=60, blank=True, help_text="For a scale, such as “Not at all”.")
    highest = models.CharField("5 means", max_length=60, blank=True, help_text="For a scale, such as “Very much”.")
    choices = models.TextField(
        "answers to choose from", max_length=2000, blank=True, help_text="One a line, for “one of several answers”."
    )
    before = models.BooleanField(
        "before the session",
        default=False,
        help_text="With the reminder a week before. A figure asked before and afterwards shows change.",
    )
    after = models.BooleanField("after the session", default=True, help_text="With the thank-you.")
    later = models.BooleanField("six weeks later", default=False, help_text="In a message of its own.")
    required = models.BooleanField("must be answered", default=False)
    course = models.ForeignKey(
        CoursePage,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="evaluation_questions",
        help_text="Leave empty to ask it for every course.",
    )
    order = models.PositiveSmallIntegerField(default=100, help_text="Questions with a smaller number come first.")
    active = models.BooleanField("asked", default=True, help_text="Untick to ask it no more; answers given stay.")

    objects = EvaluationQuestionQuerySet.as_manager()

    panels = [
        FieldPanel("text"),
        MultiFieldPanel(
            [
                FieldPanel("kind", help_text="How people answer."),
                FieldRowPanel([FieldPanel("lowest"), FieldPanel("highest")]),
                FieldPanel("choices"),
            ],
            heading="Answers",
        ),
        MultiFieldPanel(
            [FieldRowPanel([FieldPanel("before"), FieldPanel("after"), FieldPanel("later")]), FieldPanel("course")],
            heading="When it is asked, and for which course",
        ),
        FieldRowPanel(
            [
                FieldPanel("order"),
                FieldPanel("required", help_text="Whether people can leave it out."),
                FieldPanel("active"),
            ]
        ),
    ]

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = "evaluation question"

    def __str__(self):
        return self.text

    @property
    def options(self) -> list[str]:
        """The answers to choose from."""
        return [line.strip() for line in self.choices.splitlines() if line.strip()]

    def clean(self):
        """It is asked some time, and has answers; once answered it keeps its meaning."""
        super().clean()
        if self.kind == self.Kind.CHOICE and len(self.options) < 2:
            raise ValidationError({"choices": "Write at least two answers, one a line."})
        if any(len(option) > 200 for option in self.options):
            raise ValidationError({"choices": "An answer may have 200 letters at most."})
        if not (self.before or self.after or self.later):
            raise ValidationError({"after": "Tick at least one moment, or untick “asked”."})
        old = EvaluationQuestion.objects.filter(pk=self.pk, answers__isnull=False).first()
        if old and (old.kind, old.options) != (self.kind, self.options):
            raise ValidationError(
                "This question has answers already, so how it is answered can’t be changed. "
                "Untick “asked” and add a new question instead."
            )


class EvaluationInvitation(models.Model):
    """That a booking was asked at a moment, and whether it has answered: never when, so that no time joins the two."""

    wagtail_reference_index_ignore = True

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="evaluations")
    moment = models.CharField(max_length=10, choices=Moment.choices)
    answered = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["booking", "moment"], name="asked_once_a_moment")]

    def __str__(self):
        return f"{self.get_moment_display()}: {'answered' if self.answered else 'not answered'}"


def at_random() -> int:
    """A key that tells no order. SQLite keeps its rows in the order of their keys, so they lie at random too."""
    return secrets.randbits(62) + 1


class EvaluationAnswer(models.Model):
    """One answer to one question, of nobody. Rows of the same person don't know of each other."""

    wagtail_reference_index_ignore = True

    id = models.BigAutoField(primary_key=True, default=at_random, editable=False)
    question = models.ForeignKey(EvaluationQuestion, on_delete=models.PROTECT, related_name="answers")
    moment = models.CharField(max_length=10, choices=Moment.choices)
    course = models.ForeignKey(CoursePage, on_delete=models.PROTECT, related_name="evaluation_answers")
    month = models.DateField(help_text="The first of the month in which the session began.")
    session = models.ForeignKey(
        TrainingSession, null=True, blank=True, on_delete=models.PROTECT, related_name="evaluation_answers"
    )  # only in a group of five or more
    agency_kind = models.CharField(max_length=20, choices=Agency.Kind.choices, blank=True)  # the same
    score = models.PositiveSmallIntegerField(null=True, blank=True)  # 1 to 5, or 1 for yes and 0 for no
    text = models.TextField(blank=True)  # the answer chosen, or words of their own

    class Meta:
        ordering = ["id"]
        verbose_name = "evaluation answer"
        default_permissions = ()
        permissions = [("view_reports", "Can see the training reports")]
        indexes = [models.Index(fields=["month", "course"], name="answer_by_month")]
        constraints = [
            models.CheckConstraint(name="score_is_on_the_scale", condition=Q(score=None) | Q(score__lte=HIGHEST)),
        ]

    def __str__(self):
        return str(self.score if self.score is not None else self.text)
