"""Figures of the training reports as people read them."""

from django import template

register = template.Library()
NONE = "–"


@register.filter
def percent(share: float | None) -> str:
    """A share from 0 to 1 in whole percent."""
    return NONE if share is None else f"{share * 100:.0f}%"


@register.filter
def mean_of(scored, moment: str) -> str:
    """A question's mean at a moment: of 1 to 5, or the share of yes."""
    value = scored.means[moment].value
    if value is None:
        return NONE
    return percent(value) if scored.is_share else f"{value:.1f}"


@register.filter
def number_of(scored, moment: str) -> str:
    """How many answers a mean is of; nothing where it isn't shown."""
    mean = scored.means[moment]
    return NONE if mean.value is None else str(mean.number)


@register.filter
def change_of(scored, moment: str) -> str:
    """How much higher the mean is than before, with its sign."""
    change = scored.change(moment)
    if change is None:
        return NONE
    return f"{change * 100:+.0f} points" if scored.is_share else f"{change:+.1f}"


@register.filter
def as_list(thing) -> list:
    """One thing where a template lists several."""
    return [thing]


@register.filter
def share_of_hundred(part: int, whole: int) -> str:
    """The width of a bar, from 0 to 100."""
    return f"{100 * part / whole:.1f}" if whole else "0"
