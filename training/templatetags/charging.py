"""Template tags about money; without charging rules they show nothing."""

from django import template

from training import charge_rules
from training.models import TrainingIndexPage

register = template.Library()
register.filter("pounds", charge_rules.pounds)


@register.inclusion_tag("training/charging_rules.html")
def charging_rules(page) -> dict:
    """The table of rules, on the page that is chosen as the charging policy and on no other; one query elsewhere."""
    rules = charge_rules.listed()
    chosen = rules and TrainingIndexPage.objects.filter(charging_policy=page.pk).exists()
    return {"rules": rules if chosen else []}
