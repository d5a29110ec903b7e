"""Sends an issue from a shell, as the admin does."""

from datetime import datetime, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from news import preflight
from news.models import MailingList, NewsletterIssuePage
from news.sending import planning


class Command(BaseCommand):
    """Print what the pre-flight found and how many get it; ask; plan the campaign. A mailer sends it."""

    help = "Send an issue to a list, now (without the admin's five minutes to undo) or at a time."

    def add_arguments(self, parser):
        parser.add_argument("slug", help="The issue's slug, such as april-2025.")
        parser.add_argument("--list", required=True, dest="list_slug", help="The list's slug, such as newsletter.")
        parser.add_argument("--at", help="When: 2025-04-30T09:00, in local time.")
        parser.add_argument("--yes", action="store_true", help="Accept warnings and the number of recipients.")

    def handle(self, *, slug, list_slug, at, yes, **options):
        """Raise CommandError, in a sentence, for whatever stands in the way."""
        moment = _moment(at)
        plan = planning.Plan(_issue(slug), [_list(list_slug)])
        found = preflight.preflight(plan.issue)
        for finding in found:
            self.stdout.write(
                f"{'Stop' if finding.level == 'block' else 'Note'}: {finding.sentence} {finding.where}".rstrip()
            )
        if preflight.blocks_sending(found):
            raise CommandError("Nothing was sent: put right what is marked “Stop” first.")
        count = plan.recipients()
        if not count:
            raise CommandError("Nothing was sent: there is nobody on that list who hasn't got this issue already.")
        if not yes and not self._agreed(plan, count, moment):
            raise CommandError("Nothing was sent.")
        try:
            campaign, _new = planning.schedule(
                plan, at=moment, confirmed=count, warnings_accepted=True, undo=timedelta(0)
            )
        except planning.CountChangedError as error:
            raise CommandError(f"Nothing was sent: {error} Try again.") from error
        when = f"at {timezone.localtime(moment):%d/%m/%Y %H:%M}" if moment else "now, as soon as a mailer sees it"
        people = "1 person" if count == 1 else f"{count} people"
        self.stdout.write(f"Campaign {campaign.pk} goes to {people} {when}.")

    def _agreed(self, plan: planning.Plan, count: int, moment: datetime | None) -> bool:
        when = f" at {timezone.localtime(moment):%d/%m/%Y %H:%M}" if moment else " now"
        try:
            answer = input(f"Send “{plan.issue.title}” to {count} people{when}? [y/N] ")
        except EOFError:
            return False
        return answer.strip().lower() in {"y", "yes"}


def _issue(slug: str) -> NewsletterIssuePage:
    issue = NewsletterIssuePage.objects.filter(slug=slug).first()
    if issue is None:
        raise CommandError(f"There is no issue “{slug}”.")
    return issue


def _list(slug: str) -> MailingList:
    found = MailingList.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(MailingList.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no list “{slug}”; there are: {known}.")
    return found


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"--at must be a time such as 2025-04-30T09:00, not “{text}”.")
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    if moment < timezone.now():
        raise CommandError("--at is in the past.")
    return moment
