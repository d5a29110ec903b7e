"""The form of an evaluation, made from the questions that staff keep."""

from collections.abc import Iterable

from django import forms

from training.models import EvaluationQuestion
from training.models.evaluations import HIGHEST

Kind = EvaluationQuestion.Kind
LONGEST = 2000  # letters of an answer in words
ANSWER_IT = "Choose an answer to “{}”"


class EvaluationForm(forms.Form):
    """One field a question. ``answers()`` gives what was answered, by the key of each question."""

    def __init__(self, questions: Iterable[EvaluationQuestion], *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.questions = list(questions)
        for question in self.questions:
            self.fields[_name(question)] = _words(question) if question.kind == Kind.TEXT else _choice(question)

    def answers(self) -> dict[int, int | str]:
        """By the key of each question that was answered; read it from a valid form."""
        given = {question.pk: self.cleaned_data[_name(question)] for question in self.questions}
        return {key: value for key, value in given.items() if value != ""}


def _name(question: EvaluationQuestion) -> str:
    return f"question_{question.pk}"


def _words(question: EvaluationQuestion) -> forms.CharField:
    return forms.CharField(
        label=question.text,
        required=question.required,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST}),
        error_messages={
            "required": f"Write an answer to “{question.text}”",
            "max_length": f"Write this in {LONGEST} letters at most.",
        },
    )


def _choice(question: EvaluationQuestion) -> forms.TypedChoiceField:
    figures = question.kind in (Kind.SCALE, Kind.YES_NO)
    asked = ANSWER_IT.format(question.text)
    return forms.TypedChoiceField(
        label=question.text,
        required=question.required,
        choices=_options(question),
        coerce=int if figures else str,
        empty_value="",
        widget=forms.RadioSelect,
        error_messages={"required": asked, "invalid_choice": asked},
    )


def _options(question: EvaluationQuestion) -> list[tuple[str, str]]:
    if question.kind == Kind.YES_NO:
        return [("1", "Yes"), ("0", "No")]
    if question.kind == Kind.CHOICE:
        return [(option, option) for option in question.options]
    ends = {1: question.lowest, HIGHEST: question.highest}
    return [(str(n), f"{n}: {ends[n]}" if ends.get(n) else str(n)) for n in range(1, HIGHEST + 1)]
