"""Template tags that say when a session is and how it stands."""

from django import template

from training import when
from training.models import TrainingSession
from training.standing import Standing, at_short_notice, session_url, standing

register = template.Library()

register.filter("when", when.session_in_words)
register.filter("day_in_words", when.day_in_words)
register.filter("long_day", when.long_day)
register.filter("clock", when.clock)
register.filter("session_url", session_url)
register.filter("at_short_notice", at_short_notice)


@register.filter("standing")
def how_it_stands(session: TrainingSession) -> Standing:
    """Label, tone, sentence and action."""
    return standing(session)


@register.filter
def where(session: TrainingSession) -> str:
    """“Online”, or the venue's name."""
    if session.is_online:
        return "Online"
    return session.venue.name if session.venue else ""
