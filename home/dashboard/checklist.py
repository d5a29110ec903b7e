"""What is missing before the site goes live, the referral number first."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, Site

from dscp_cms.models import SiteSettings
from home.dashboard import gather
from home.dashboard.panel import Panel, counted, list_address
from home.models import ContactPage, StandardPage

CHECK_HELPLINES = timedelta(days=183)
UNFINISHED = "to be completed by the partnership"


@dataclass(frozen=True)
class Item:
    """A line of the checklist: what is missing, and where it is mended."""

    text: str
    link: str = ""
    where: str = ""
    urgent: bool = False


class ChecklistPanel(Panel):
    """What is missing before the site goes live; on top while safety needs something."""

    name, order, title = "checklist", 5, "Before the site goes live"
    template_name = "home/admin/checklist_panel.html"

    @classmethod
    def concerns(cls, user):
        return user.has_perm("dscp_cms.change_sitesettings")

    def counts(self):
        return {"sample": sample_pages()}

    def lists(self):
        return gaps()

    def lines(self):
        return checklist(self.rows["gaps"], self.numbers["sample"])

    def has_anything(self):
        self.order = 5 if any(item.urgent for item in self.said) else 105
        return super().has_anything()

    def get_context_data(self, parent_context):
        return {"items": self.said}


def checklist(gap_rows=None, sample: int | None = None) -> list[Item]:
    """Everything that is still missing; pages with gaps and sample pages are looked for unless they are given."""
    facts = SiteSettings.objects.select_related("site").filter(site__is_default_site=True).first()
    if facts is None:
        site = Site.objects.filter(is_default_site=True).first()
        if site is None:
            return [Item("No site is set up.", reverse("wagtailsites:index"), "Sites", urgent=True)]
        facts = SiteSettings.for_site(site)
    address = reverse("wagtailsettings:edit", args=["dscp_cms", "sitesettings", facts.site_id])
    gap_rows = gather.rows(gaps())["gaps"] if gap_rows is None else gap_rows
    sample = sample_pages().count() if sample is None else sample
    return [*_numbers(facts, address), *_contact(facts, address), *_environment(), *_words(gap_rows), *_sample(sample)]


def gaps():
    """A list of the pages that still have a gap for the partnership to fill."""
    yield gather.listed("gaps", StandardPage.objects.live().filter(body__icontains=UNFINISHED), text="title")


def sample_pages():
    """Published pages of sample activity."""
    return Page.objects.live().filter(Q(title__istartswith="Sample") | Q(title__icontains="(sample)"))


def _numbers(facts: SiteSettings, address: str) -> list[Item]:
    found = []
    if not facts.referral_telephone:
        text = "There is no local number for a concern about a child. Readers see only the national helplines."
        found.append(Item(text, f"{address}#id_referral_telephone", "Add the number", urgent=True))
    checked = facts.helplines_checked_on
    if checked is None:
        found.append(Item("Nobody has said that they rang the helplines to check them.", address, "Site settings"))
    elif checked < timezone.localdate() - CHECK_HELPLINES:
        found.append(Item(f"The helplines were last checked on {checked:%d/%m/%Y}.", address, "Site settings"))
    return found


def _contact(facts: SiteSettings, address: str) -> list[Item]:
    pages = ContactPage.objects.live()
    told = facts.email or any(page.notify for page in pages)
    sentence = "Nobody is told when a message comes: there is no office e-mail."
    return [] if told else [Item(sentence, address, "Site settings")]


def _environment() -> list[Item]:
    found = []
    if not settings.SITE_URL:
        text = "The variable SITE_URL isn't set, so links in e-mails lead to this machine."
        found.append(Item(text, where="Deployment"))
    if settings.OUTBOX_DIR:
        link = "" if settings.HTTPS else reverse("outbox")
        text = "The variable EMAIL_URL isn't set: messages go to the outbox and to nobody."
        found.append(Item(text, link, "Outbox" if link else "Deployment"))
    return found


def _words(rows) -> list[Item]:
    return [
        Item(f"“{row.text}” has gaps: “{UNFINISHED}”.", reverse("wagtailadmin_pages:edit", args=[row.key]), "Edit it")
        for row in sorted(rows, key=lambda row: row.text)
    ]


def _sample(number: int) -> list[Item]:
    if not number:
        return []
    are = "is" if number == 1 else "are"
    said = f"{counted(number, 'page')} of sample activity {are} published."
    text = f"{said} The command remove_sample_activity deletes them."
    return [Item(text, list_address("sample"), "See them")]
