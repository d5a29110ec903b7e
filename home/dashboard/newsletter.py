"""The panel on the next newsletter: its dates, and what is already available for it."""

from datetime import date, timedelta

from django.db.models import F, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, NullIf
from django.urls import reverse

from home.dashboard.gather import Row, listed
from home.dashboard.panel import Line, Panel, counted, may_edit_pages
from news import drafting
from news.models import Campaign, NewsletterIndexPage, NewsletterIssuePage

LATEST = 10  # drafts to choose the next from
UNSENT_FOR = timedelta(days=62)  # after its day nobody waits for an issue any more


def as_drafted(name: str):
    """A field as the latest draft has it: that of a page which isn't live stays in its first version."""
    # SQLite reads JSON's null as the word.
    said = NullIf(KeyTextTransform(name, "latest_revision__content"), Value("null"), output_field=TextField())
    return Coalesce(said, Cast(F(name), TextField()))


def day_of(text: str) -> date | None:
    """A date as JSON has it."""
    return date.fromisoformat(text[:10]) if text else None


class NewsletterPanel(Panel):
    """The issue that is being prepared."""

    name, order, title = "newsletter", 40, "Next newsletter"

    @classmethod
    def concerns(cls, user):
        return may_edit_pages(user) or user.has_perm("news.send_campaign")

    def counts(self):
        if not self.user.has_perm("news.send_campaign"):
            return {}
        return {"stuck": Campaign.objects.stuck(), "undecided": Campaign.objects.undecided()}

    def lists(self):
        issues = NewsletterIssuePage.objects.filter(live=False, expired=False, kind=NewsletterIssuePage.Kind.ISSUE)
        latest = NewsletterIssuePage.objects.filter(pk__in=issues.order_by("-date", "-pk").values("pk")[:LATEST])
        yield listed("issues", latest, text="draft_title", more=as_drafted("copy_date"),
                     extra=as_drafted("send_date"), state=as_drafted("date"))  # fmt: skip
        yield listed("archive", NewsletterIndexPage.objects.live())
        if self.user.has_perm("news.send_campaign"):
            sent = Campaign.objects.exclude(status=Campaign.Status.CANCELLED).values("issue")
            unsent = NewsletterIssuePage.objects.live().filter(date__gte=self.today - UNSENT_FOR).exclude(pk__in=sent)
            yield listed("unsent", unsent, text="title", more="date")

    def next_issue(self) -> Row | None:
        """The earliest that isn't long past; of those that are, the last."""
        rows = sorted(self.rows["issues"], key=lambda row: row.extra or row.state)
        since = self.today.replace(day=1).isoformat()
        return next((row for row in rows if (row.extra or row.state) >= since), rows[-1] if rows else None)

    def lines(self):
        found, issue = [], self.next_issue()
        edits = may_edit_pages(self.user)
        for row in sorted(self.rows["unsent"], key=lambda row: row.more):
            found.append(
                Line(f"Send {row.text}", reverse("news_send_issue", args=[row.key]), "Published, not sent yet")
            )
        if issue is not None:
            found.append(Line(issue.text, reverse("wagtailadmin_pages:edit", args=[issue.key]) if edits else ""))
            address = found[-1].link
            found += [self._date("Copy date", issue.more, address), self._date("Send date", issue.extra, address)]
            if edits:
                found.append(self._available(issue))
        elif edits and self.rows["archive"]:
            found.append(Line("Start the next issue", reverse("news_new_issue"), "None is being prepared."))
        if stuck := self.numbers.get("stuck"):
            words = f"{counted(stuck, 'sending')} {'is' if stuck == 1 else 'are'} held or paused"
            found.append(Line(words, f"{reverse('news_campaigns')}?only=stuck", urgent=True))
        if undecided := self.numbers.get("undecided"):
            words = f"{counted(undecided, 'sending')} with messages that may not have arrived"
            found.append(Line(words, f"{reverse('news_campaigns')}?only=undecided"))
        return found

    def _date(self, words: str, text: str, address: str) -> Line:
        day = day_of(text)
        if day is None:
            return Line(f"{words}: not set", address)
        left = (day - self.today).days
        note = "today" if left == 0 else "tomorrow" if left == 1 else f"in {left} days" if left > 0 else "passed"
        return Line(f"{words}: {day:%A %d/%m/%Y}", address, note)

    def _available(self, issue: Row) -> Line:
        found = drafting.number_of_new(issue.key, day_of(issue.state) or self.today)
        address = reverse("news_whats_new", args=[issue.key])
        if not found:
            return Line("Nothing new since its draft", address)
        return Line(f"{counted(found, 'page')} available that it doesn’t have yet", address)
