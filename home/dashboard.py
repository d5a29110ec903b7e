"""What Wagtail's home page says is to be done: before the site goes live, and every day."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.ui.components import Component
from wagtail.models import Page, Site

from dscp_cms import health, link_report, mail
from dscp_cms.models import OutgoingMail, PagePdf, SiteSettings
from home.models import ContactMessage, ContactPage, StandardPage
from news.models import EventIndexPage, EventPage, NewsIndexPage, NewsItemPage
from resources.models import ResourceLibraryPage, ResourcePage
from training.models import CoursePage, TrainingIndexPage

CHECK_HELPLINES = timedelta(days=183)
UNFINISHED = "to be completed by the partnership"


@dataclass(frozen=True)
class Item:
    """A line of the checklist: what is missing, and where it is mended."""

    text: str
    link: str = ""
    where: str = ""
    urgent: bool = False


def panels(request) -> list[Component]:
    """The panels that this user needs today; none when there is nothing to do."""
    user = request.user
    found: list[Component] = [StartPanel(user), PdfsPanel()]
    if user.has_perm("home.view_contactmessage"):
        found.append(MessagesPanel())
    if user.has_perm("dscp_cms.view_linkcheck"):
        found.append(LinksPanel())
    if user.has_perm("dscp_cms.view_outgoingmail"):
        found.append(WorkPanel())
    if user.has_perm("dscp_cms.change_sitesettings"):
        found.append(ChecklistPanel())
    return [panel for panel in found if panel.has_anything()]


BEGINNINGS = (
    (NewsIndexPage, NewsItemPage, "Write a news item"),
    (EventIndexPage, EventPage, "Announce an event"),
    (TrainingIndexPage, CoursePage, "Add a course"),
    (ResourceLibraryPage, ResourcePage, "Add a resource"),
)


class StartPanel(Component):
    """Where the usual work begins: a button for each kind of page that this user writes."""

    name, order = "start", 5
    template_name = "home/admin/start_panel.html"

    def __init__(self, user):
        self.links = [link for beginning in BEGINNINGS if (link := self._link(user, *beginning))]

    def _link(self, user, section_type, page_type, words: str) -> tuple[str, str] | None:
        """To the form of a new page, or to the list of sections where there is more than one to put it in."""
        sections = list(section_type.objects.live()[:2])
        if not sections or not sections[0].permissions_for_user(user).can_add_subpage():
            return None
        if len(sections) > 1:
            return words, reverse("wagtailadmin_explore", args=[sections[0].get_parent().pk])
        names = [page_type._meta.app_label, page_type._meta.model_name]
        return words, reverse("wagtailadmin_pages:add", args=[*names, sections[0].pk])

    def has_anything(self) -> bool:
        return bool(self.links)

    def get_context_data(self, parent_context):
        return {"links": self.links}


class MessagesPanel(Component):
    """Messages from the contact page that nobody has dealt with."""

    name, order = "messages", 10
    template_name = "home/admin/messages_panel.html"

    def __init__(self):
        waiting = ContactMessage.objects.waiting()
        self.waiting = waiting.count()
        self.urgent = waiting.filter(urgent=True).count()

    def has_anything(self) -> bool:
        return bool(self.waiting)

    def get_context_data(self, parent_context):
        address = reverse("home_contactmessage_modeladmin_index")
        return {"waiting": self.waiting, "urgent": self.urgent, "address": address}


class LinksPanel(Component):
    """Links of published pages to other sites that are dead."""

    name, order = "links", 40
    template_name = "home/admin/links_panel.html"

    def __init__(self):
        self.dead = link_report.dead_count()

    def has_anything(self) -> bool:
        return bool(self.dead)

    def get_context_data(self, parent_context):
        return {"dead": self.dead, "address": reverse("dscp_cms_links")}


class PdfsPanel(Component):
    """Pages that readers can't download as PDF, with the reason."""

    name, order = "pdfs", 45
    template_name = "home/admin/pdfs_panel.html"

    def __init__(self):
        self.failed = list(PagePdf.objects.failed().filter(page__live=True).select_related("page")[:20])

    def has_anything(self) -> bool:
        return bool(self.failed)

    def get_context_data(self, parent_context):
        return {"failed": self.failed}


class WorkPanel(Component):
    """Mail that didn't leave, and processes that have gone silent."""

    name, order = "work", 20
    template_name = "home/admin/work_panel.html"

    def __init__(self):
        self.held = held_mail().count()
        self.undelivered = OutgoingMail.objects.undelivered().count()
        self.warnings = health.stalled()

    def has_anything(self) -> bool:
        return bool(self.held or self.undelivered or self.warnings)

    def get_context_data(self, parent_context):
        user = parent_context["request"].user
        return {
            "request": parent_context["request"],
            "held": self.held,
            "undelivered": self.undelivered,
            "warnings": self.warnings,
            "may_send": user.has_perm("dscp_cms.change_outgoingmail"),
            "address": reverse("dscp_cms_outgoingmail_modeladmin_index") + "?delivery=undelivered",
        }


class ChecklistPanel(Component):
    """What is missing before the site goes live."""

    name, order = "checklist", 30
    template_name = "home/admin/checklist_panel.html"

    def __init__(self):
        self.items = checklist()

    def has_anything(self) -> bool:
        return bool(self.items)

    def get_context_data(self, parent_context):
        return {"items": self.items}


def held_mail():
    """Messages found due too late, which wait for a person."""
    return OutgoingMail.objects.due().filter(not_before__lte=timezone.now() - mail.HELD_AFTER)


def checklist() -> list[Item]:
    """Everything that is still missing, the referral number first."""
    site = Site.objects.filter(is_default_site=True).first()
    if site is None:
        return [Item("No site is set up.", reverse("wagtailsites:index"), "Sites", urgent=True)]
    facts = SiteSettings.for_site(site)
    address = reverse("wagtailsettings:edit", args=["dscp_cms", "sitesettings", site.pk])
    return [*_numbers(facts, address), *_contact(facts, address), *_environment(), *_words(), *_sample()]


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


def _words() -> list[Item]:
    """Pages that still have a gap for the partnership to fill."""
    return [
        Item(f"“{page.title}” has gaps: “{UNFINISHED}”.", reverse("wagtailadmin_pages:edit", args=[page.pk]), "Edit it")
        for page in StandardPage.objects.live().filter(body__icontains=UNFINISHED).order_by("title")
    ]


def _sample() -> list[Item]:
    sample = Page.objects.live().filter(Q(title__istartswith="Sample") | Q(title__icontains="(sample)")).count()
    if not sample:
        return []
    text = f"{sample} pages of sample activity are published. The command remove_sample_activity deletes them."
    return [Item(text, reverse("wagtailadmin_explore_root"), "Pages")]


@require_POST
def send_held_mail(request):
    """Let held messages go, since a person said so."""
    if not request.user.has_perm("dscp_cms.change_outgoingmail"):
        raise PermissionDenied
    count = mail.release_held()
    if count:
        messages.success(request, f"{count} held {'message is' if count == 1 else 'messages are'} on the way.")
    else:
        messages.info(request, "No message is held any more.")
    return redirect("wagtailadmin_home")
