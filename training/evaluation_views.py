"""The pages with the questions of an evaluation, behind mailed links. A GET changes nothing."""

from django.shortcuts import redirect

from training import evaluations, tokens
from training.evaluation_forms import EvaluationForm
from training.evaluations import PURPOSES, Standing
from training.models import Booking, Moment
from training.people import Refused
from training.token_pages import page, with_token

TITLES = {
    Moment.BEFORE: "Before the course",
    Moment.AFTER: "How was the course?",
    Moment.LATER: "What came of the course?",
}


def _questions(request, catalogue, own: Booking, moment: Moment):
    """The form, until it was answered once; then thanks, also for whoever comes again."""
    stands = evaluations.standing(own, moment)
    if stands != Standing.OPEN:
        return _page(request, catalogue, own, moment, stands=stands)
    form = EvaluationForm(evaluations.questions(own, moment), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            evaluations.answer(own.key, moment, form.answers())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(request.path)
    return _page(request, catalogue, own, moment, stands=stands, form=form)


def _page(request, catalogue, own: Booking, moment: Moment, **context):
    manage = tokens.path(tokens.Purpose.MANAGE, tokens.make(tokens.Purpose.MANAGE, own))
    shared = {"booking": own, "session": own.session, "moment": moment.value, "manage_url": manage}
    return page(request, catalogue, "mine/evaluation", TITLES[moment], **shared, **context)


@with_token(PURPOSES[Moment.BEFORE])
def before(request, catalogue, token: str, own: Booking):
    """Where somebody stands before the course."""
    return _questions(request, catalogue, own, Moment.BEFORE)


@with_token(PURPOSES[Moment.AFTER])
def after(request, catalogue, token: str, own: Booking):
    """How it was, and where they stand now."""
    return _questions(request, catalogue, own, Moment.AFTER)


@with_token(PURPOSES[Moment.LATER])
def later(request, catalogue, token: str, own: Booking):
    """What came of it in six weeks."""
    return _questions(request, catalogue, own, Moment.LATER)
