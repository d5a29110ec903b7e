"""Measures how fast readers are served; part of ``manage.py bench``."""

from django.core.management.base import BaseCommand, CommandError

from home import bench_speed
from news import bench_sending
from news.models import Campaign, Delivery, NewsletterIssuePage


class Command(BaseCommand):
    """Measure, or do one step of it in the folder that was made for it."""

    help = "Measure how fast readers are served, with and without nginx, and while mail goes out."

    def add_arguments(self, parser):
        """What to measure; the steps are for the command itself."""
        parser.add_argument("--only", nargs="+", choices=bench_speed.PARTS, default=[], help="measure only these")
        parser.add_argument("--campaign", type=int, help="make a campaign to so many people")
        parser.add_argument("--start", action="store_true", help="start it")
        parser.add_argument("--left", action="store_true", help="print how many messages aren't sent")

    def handle(self, *, only, campaign, start, left, **options):
        """Refuse the steps elsewhere: they delete every subscriber."""
        from django.conf import settings

        if (campaign or start) and not settings.DATA_DIR.name.startswith(bench_sending.FOLDER):
            raise CommandError("This is a step of the measurement, in a folder made for it.")
        if campaign:
            issue = NewsletterIssuePage.objects.get(slug="april-2025")
            bench_sending.campaign_of(issue, bench_sending.people(campaign))
        elif start:
            bench_sending.start(Campaign.objects.get())
        elif left:
            self.stdout.write(str(Delivery.objects.exclude(status=Delivery.Status.SENT).count()))
        else:
            bench_speed.measure(self.stdout.write, only)
