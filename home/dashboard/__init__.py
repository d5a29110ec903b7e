"""What Wagtail's home page says is to be done, in the order of the morning: each panel for those it concerns.

A panel (panel.py) names what it needs; all that they need is asked for at once (gather.py), so that the page takes
the same few queries at any size of site. Its numbers lead to the lists behind them; those that are shown nowhere
else are in lists.py.
"""

from wagtail.admin.ui.components import Component

from home.dashboard import calendar, charts, content, gather, newsletter, training, work, writing
from home.dashboard.checklist import ChecklistPanel
from home.dashboard.checklist import checklist as checklist
from home.dashboard.lists import show_list as show_list
from home.dashboard.work import held_mail as held_mail
from home.dashboard.work import send_held_mail as send_held_mail

PANELS = (
    ChecklistPanel,
    work.MessagesPanel,
    work.SentInPanel,
    writing.StartPanel,
    writing.ReviewPanel,
    writing.DraftsPanel,
    newsletter.NewsletterPanel,
    training.TrainingPanel,
    training.ChargesPanel,
    content.ReviewsPanel,
    content.LinksPanel,
    content.PrioritiesPanel,
    content.AwarenessPanel,
    content.FilesPanel,
    calendar.CalendarPanel,
    work.WorkPanel,
    charts.ChartsPanel,
)


def panels(request) -> list[Component]:
    """The panels that this user needs today; none when there is nothing to do."""
    made = [panel(request.user) for panel in PANELS if panel.concerns(request.user)]
    numbers = gather.numbers({name: queryset for panel in made for name, queryset in panel.counts().items()})
    rows = gather.rows([queryset for panel in made for queryset in panel.lists()])
    for panel in made:
        panel.numbers, panel.rows = numbers, rows
    return [panel for panel in made if panel.has_anything()]
