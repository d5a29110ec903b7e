"""The job behind ``load_example_site``."""

from dataclasses import dataclass, field
from io import StringIO

from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import transaction
from wagtail.models import Site

from home.example import (
    words_courses,
    words_front,
    words_help,
    words_news,
    words_newsletter,
    words_plan,
    words_policies,
    words_priorities,
    words_resources,
    words_training,
)
from home.example.logins import make_logins
from home.example.quiet import quiet_indexes, rebuild_indexes
from home.example.sample import add_sample
from home.example.structure import Builder, write_front_page
from home.example.terms import load_glossary

# The order of the sections here is their order in the menu.
PAGES = (
    *words_help.HELP,
    *words_priorities.PRIORITIES,
    *words_news.NEWS_AND_EVENTS,
    words_training.CATALOGUE,
    words_training.CHARGING_POLICY,
    *words_courses.IN_SHORT,
    *words_training.IN_FULL,
    *words_resources.RESOURCES,
    *words_newsletter.NEWSLETTERS,
    *words_plan.PLANS,
    *words_front.FRONT_PAGES,
    *words_policies.POLICIES,
)


@dataclass
class Loaded:
    """What a run made."""

    pages: list = field(default_factory=list)
    sample: list = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    changed: bool = False


def load(*, with_sample: bool = True) -> Loaded:
    """Make what is missing of the example site; what exists is left as it is.

    Sample activity and logins with addresses at example.org have no place on a real site, so neither is
    made where SITE_URL is https. All pages are made in one transaction, or none.
    """
    loaded = Loaded()
    with quiet_indexes():
        with transaction.atomic():
            builder = Builder()
            loaded.pages = builder.build(PAGES)
            front = write_front_page(builder, words_front.FRONT)
            filled = words_front.fill_settings(Site.objects.get(is_default_site=True))
            terms = load_glossary()
            loaded.changed = bool(loaded.pages or front or filled or terms)
        if with_sample and not settings.HTTPS:
            loaded.sample = add_sample(builder)
    if loaded.changed or loaded.sample:
        rebuild_indexes()
    if not settings.HTTPS:
        if "sync_roles" in get_commands():
            call_command("sync_roles", stdout=StringIO())
        loaded.logins = make_logins(settings.DATA_DIR / "logins.txt")
    return loaded
