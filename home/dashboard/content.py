"""Panels on what the site has: what is due for review, dead links, gaps in priorities and awareness days, files."""

from collections import defaultdict
from datetime import date, timedelta

from django.db.models import Case, Exists, F, OuterRef, TextField, Value, When
from django.db.models.functions import Cast
from django.urls import reverse

from dscp_cms import link_report
from dscp_cms.models import PagePdf, Topic
from home import reviews
from home.dashboard.gather import listed
from home.dashboard.newsletter import as_drafted, day_of
from home.dashboard.panel import AHEAD, Line, Panel, counted, list_address, may_edit_pages, some
from home.models import PriorityPage
from news.models import EventPage, NewsItemPage
from resources.models import FileFacts, FileVersion
from training.models import CoursePage, TrainingSession

NEWS_WITHIN = timedelta(days=90)
EMPTY = {"", "[]", "null"}


class ReviewsPanel(Panel):
    """Resources and pages whose review date has come."""

    name, order, title = "reviews", 60, "Due for review"

    @classmethod
    def concerns(cls, user):
        return may_edit_pages(user)

    def lists(self):
        for pages in reviews.querysets(self.today + reviews.AHEAD):
            yield listed("due", pages, key="review_owner")

    def lines(self):
        owners = [row.key for row in self.rows["due"]]
        if not owners:
            return []
        address = reverse("reviews")
        words = f"{counted(len(owners), 'page')} to review by {self.today + reviews.AHEAD:%d/%m/%Y}"
        mine = owners.count(self.user.pk)
        return [Line(words, address), *([Line(f"{mine} of them yours", f"{address}?mine=1")] if mine else [])]


class LinksPanel(Panel):
    """Links of published pages to other sites that are dead."""

    name, order, title = "links", 65, "Dead links"

    @classmethod
    def concerns(cls, user):
        return user.has_perm("dscp_cms.view_linkcheck")

    def counts(self):
        return {"dead": link_report.dead()}

    def lines(self):
        if not (dead := self.numbers["dead"]):
            return []
        words = f"{counted(dead, 'link')} from our pages {'leads' if dead == 1 else 'lead'} nowhere"
        return [Line(words, f"{reverse('dscp_cms_links')}?dead=1")]


def priorities(now):
    """Lists of the present priorities with a row a topic, and of the topics that have a course to come, or news."""
    current = PriorityPage.objects.live().filter(period_end__gte=now.year, period_start__lte=now.year)
    yield listed("priorities", current, text="title", more="topics")
    sessions = TrainingSession.objects.filter(
        status=TrainingSession.Status.OPEN, starts_at__gt=now, course__topics=OuterRef("pk"), course__live=True
    )
    taught = CoursePage.objects.live().filter(topics=OuterRef("pk"), is_elearning=True)
    yield listed("course topics", Topic.objects.filter(Exists(sessions) | Exists(taught)))
    news = NewsItemPage.objects.live().filter(topics=OuterRef("pk"), date__gte=now.date() - NEWS_WITHIN)
    yield listed("news topics", Topic.objects.filter(Exists(news)))


def priority_lines(rows) -> list[Line]:
    """The priorities that lack something, and what."""
    topics, titles = defaultdict(set), {}
    for row in rows["priorities"]:
        titles[row.key] = row.text
        topics[row.key] |= {int(row.more)} if row.more else set()
    lacks = {"no upcoming course": "course topics", "no news in 90 days": "news topics"}
    covered = {words: {row.key for row in rows[name]} for words, name in lacks.items()}
    found = []
    for key, title in titles.items():
        missing = [words for words in lacks if not topics[key] & covered[words]]
        if missing:
            words = " and ".join(missing) if topics[key] else "no topics, so nothing is gathered on it"
            found.append(Line(title, reverse("wagtailadmin_pages:edit", args=[key]), words.capitalize()))
    return found


class PrioritiesPanel(Panel):
    """Priorities that nothing was done for lately."""

    name, order, title = "priorities", 70, "Priorities with a gap"

    @classmethod
    def concerns(cls, user):
        return may_edit_pages(user)

    def lists(self):
        return priorities(self.now)

    def lines(self):
        return some(priority_lines(self.rows), list_address("priorities"))


def awareness(today: date):
    """A list of awareness days around the next six weeks; the draft's date may differ from the page's own."""
    around = (today - timedelta(days=120), today + AHEAD + timedelta(days=120))
    days = EventPage.objects.filter(kind=EventPage.Kind.AWARENESS, start_date__range=around, expired=False)
    own = Cast(F("body"), TextField())
    drafted = Case(When(live=True, then=own), default=as_drafted("body"), output_field=TextField())
    day = Case(When(live=True, then=Cast("start_date", TextField())), default=as_drafted("start_date"))
    sure = Case(
        When(live=False, then=Value("draft")), When(date_to_confirm=True, then=Value("date")), default=Value("")
    )
    yield listed("awareness", days, text="draft_title", more=day, extra=drafted, state=sure)


def awareness_lines(rows, today: date) -> list[Line]:
    """Those of the next six weeks without text for readers, the next first."""
    found = []
    for row in rows["awareness"]:
        day = day_of(row.more)
        if day is None or not today <= day <= today + AHEAD:
            continue
        lacks = ["no text"] if row.extra in EMPTY else []
        lacks += {"draft": ["not published"], "date": ["its date is to be confirmed"]}.get(row.state, [])
        if lacks:
            words = ", ".join(lacks)
            link = reverse("wagtailadmin_pages:edit", args=[row.key])
            found.append((day, row.text, Line(row.text, link, f"{day:%d/%m/%Y}: {words}")))
    return [line for _day, _text, line in sorted(found, key=lambda one: one[:2])]


class AwarenessPanel(Panel):
    """Awareness days that come soon and aren't ready."""

    name, order, title = "awareness", 75, "Awareness days in the next six weeks, not ready"

    @classmethod
    def concerns(cls, user):
        return may_edit_pages(user)

    def lists(self):
        return awareness(self.today)

    def lines(self):
        return some(awareness_lines(self.rows, self.today), list_address("awareness"))


def failed_pdfs():
    """PDFs of published pages that couldn't be made."""
    return PagePdf.objects.failed().filter(page__live=True)


def failed_pdfs_list(queryset):
    """For ``gather.rows``."""
    return listed("pdfs", queryset, key="page", text="page__title", more="kind", extra="error")


class FilesPanel(Panel):
    """Pages without their PDF, and files that couldn't be read."""

    name, order, title = "files", 80, "Files"

    @classmethod
    def concerns(cls, user):
        return may_edit_pages(user)

    def counts(self):
        found = {"pdfs": failed_pdfs()}
        if self.user.has_perm("resources.change_fileversion"):
            failed = FileVersion.objects.filter(withdrawn_at=None, document__facts__state=FileFacts.State.FAILED)
            found |= {"failed": failed, "check": FileVersion.objects.waiting()}
        return found

    def lines(self):
        found, numbers = [], self.numbers
        address = reverse("resources_fileversion_modeladmin_index")
        if numbers["pdfs"]:
            found.append(Line(f"{counted(numbers['pdfs'], 'PDF')} couldn’t be made", list_address("pdfs")))
        if numbers.get("failed"):
            found.append(Line(f"{counted(numbers['failed'], 'file')} couldn’t be read", f"{address}?todo=failed"))
        if numbers.get("check"):
            found.append(Line(f"{counted(numbers['check'], 'file')} to be looked into", f"{address}?todo=check"))
        return found
