"""Panels on what one writes oneself: where to begin, one's drafts, what waits for one's review."""

from django.db.models import CharField, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat, Left, Length
from django.urls import reverse
from wagtail.models import GroupApprovalTask, Page, TaskState
from wagtail.permissions import page_permission_policy

from home.dashboard.gather import listed
from home.dashboard.panel import Line, Panel, counted, edit_address, list_address, on_day
from news.models import EventIndexPage, EventPage, NewsIndexPage, NewsItemPage
from resources.models import ResourceLibraryPage, ResourcePage
from training.models import CoursePage, TrainingIndexPage

BEGINNINGS = (
    (NewsIndexPage, NewsItemPage, "Write a news item"),
    (EventIndexPage, EventPage, "Announce an event"),
    (TrainingIndexPage, CoursePage, "Add a course"),
    (ResourceLibraryPage, ResourcePage, "Add a resource"),
)
# The rest of the usual work: the right that it takes, and where it begins.
TASKS = (
    ("training.add_trainingsession", "Add a session", "training_trainingsession_modeladmin_create"),
    ("news.send_campaign", "Send the newsletter", "news_campaigns"),
    ("news.add_subscriber", "Add a subscriber", "news_subscriber_modeladmin_create"),
    ("news.import_subscriber", "Import subscribers", "news_imports"),
    ("dscp_cms.add_partnerprofile", "Invite a partner", "dscp_cms_partnerprofile_modeladmin_create"),
)
SHOWN = 5


def drafts(user):
    """Pages that this person made or changed last, and that readers don't see as they are now."""
    mine = Q(owner=user) | Q(latest_revision__user=user)
    return Page.objects.filter(mine, Q(live=False) | Q(has_unpublished_changes=True), expired=False, depth__gt=1)


def to_review(user):
    """What was submitted and waits for this person."""
    waiting = TaskState.objects.filter(status=TaskState.STATUS_IN_PROGRESS, task__active=True)
    if user.is_superuser:
        return waiting
    return waiting.filter(task__in=GroupApprovalTask.objects.filter(groups__user=user).values("pk"))


def drafts_list(queryset):
    """For ``gather.rows``."""
    return listed("drafts", queryset, text="draft_title", at="latest_revision_created_at")


def draft_lines(rows) -> list[Line]:
    """The one changed last first."""
    return [
        Line(row.text, edit_address("wagtailcore.Page", row.key), f"Changed {on_day(row.at)}" if row.at else "")
        for row in sorted(rows, key=lambda row: row.at.timestamp() if row.at else 0, reverse=True)
    ]


def to_review_list(queryset):
    """For ``gather.rows``; ``more`` is the label of the model."""
    label = Concat(
        "revision__content_type__app_label", Value("."), "revision__content_type__model", output_field=CharField()
    )
    return listed("to_review", queryset, key="revision__object_id", text="revision__object_str", more=label,
                  at="started_at")  # fmt: skip


class StartPanel(Panel):
    """Where the usual work begins: a button for each kind of page that this person writes, and for other tasks."""

    name, order = "start", 20
    template_name = "home/admin/start_panel.html"
    wide = True

    @classmethod
    def concerns(cls, user):
        return _writes(user) or any(user.has_perm(right) for right, _words, _name in TASKS)

    def lists(self):
        if not _writes(self.user):
            return
        above = Page.objects.filter(path=Left(OuterRef("path"), Length(OuterRef("path")) - Page.steplen))
        for section, _page, _words in BEGINNINGS:
            parent = Subquery(above.order_by().values("pk")[:1])
            yield listed(f"section {section.__name__}", section.objects.live(), text="path", more=parent)

    def links(self) -> list[tuple[str, str]]:
        """To the form of a new page, or to the list of sections where there is more than one to put it in."""
        return [link for beginning in BEGINNINGS if (link := self._link(*beginning))]

    def tasks(self) -> list[tuple[str, str]]:
        """To other forms."""
        return [(words, reverse(name)) for right, words, name in TASKS if self.user.has_perm(right)]

    def _link(self, section_type, page_type, words: str) -> tuple[str, str] | None:
        rows = sorted(self.rows[f"section {section_type.__name__}"], key=lambda row: row.text)
        if not rows:
            return None
        steps = len(rows[0].text) // Page.steplen
        section = section_type(pk=rows[0].key, path=rows[0].text, depth=steps, live=True)
        if not section.permissions_for_user(self.user).can_add_subpage():
            return None
        if len(rows) > 1:
            return words, reverse("wagtailadmin_explore", args=[rows[0].more])
        names = [page_type._meta.app_label, page_type._meta.model_name]
        return words, reverse("wagtailadmin_pages:add", args=[*names, section.pk])

    def has_anything(self):
        self.found = self.links(), self.tasks()
        return any(self.found)

    def get_context_data(self, parent_context):
        links, tasks = self.found
        return {"links": links, "tasks": tasks}


def _writes(user) -> bool:
    return page_permission_policy.user_has_permission(user, "add")


class DraftsPanel(Panel):
    """One's own drafts, the one changed last first."""

    name, order, title = "drafts", 30, "Your drafts"

    @classmethod
    def concerns(cls, user):
        return page_permission_policy.user_has_any_permission(user, {"add", "change"})

    def counts(self):
        return {"drafts": drafts(self.user)}

    def lists(self):
        yield drafts_list(Page.objects.filter(pk__in=drafts(self.user).order_by(*LAST).values("pk")[:SHOWN]))

    def lines(self):
        found = draft_lines(self.rows["drafts"])
        if self.numbers["drafts"] > len(found):
            found.append(Line(f"All {counted(self.numbers['drafts'], 'draft')}", list_address("drafts")))
        return found


LAST = (F("latest_revision_created_at").desc(nulls_last=True), "-pk")


class ReviewPanel(Panel):
    """What somebody submitted and this person may approve, the longest waiting first."""

    name, order, title = "to-review", 25, "Waiting for your review"

    @classmethod
    def concerns(cls, user):
        return True

    def counts(self):
        return {"to_review": to_review(self.user)}

    def lists(self):
        first = to_review(self.user).order_by("started_at", "pk").values("pk")[:SHOWN]
        yield to_review_list(TaskState.objects.filter(pk__in=first))

    def lines(self):
        rows = sorted(self.rows["to_review"], key=lambda row: row.at)
        found = [Line(row.text, edit_address(row.more, row.key), f"Since {on_day(row.at)}") for row in rows]
        if self.numbers["to_review"] > len(found):
            found.append(Line(f"All {self.numbers['to_review']} that wait for your review", list_address("to-review")))
        return found
