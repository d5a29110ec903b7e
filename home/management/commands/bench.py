"""Print what each page type costs, on the example site."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from home import bench, bench_admin, bench_search, bench_stock
from news import bench_drafting
from news.models import NewsItemPage
from training import bench_booking

PARTS = ("pages", "admin", "drafting", "search", "booking", "speed", "sending")  # in this order


class Command(BaseCommand):
    """Measure every page type, and the rest that has a figure to keep to."""

    help = "Measure queries, bytes and processor time of every page type, and what else has a figure to keep to."

    def add_arguments(self, parser):
        """How often each page is asked for, and what is measured."""
        parser.add_argument("--rounds", type=int, default=20, help="warm requests a page")
        parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="measure only these")

    def handle(self, *args, only, rounds, **options):
        """Prepare the example site where it isn't, then measure."""
        call_command("migrate", verbosity=0)
        if not NewsItemPage.objects.exists():
            call_command("load_example_site", verbosity=0)
        if not (settings.STATIC_ROOT / "staticfiles.json").exists():
            call_command("collectstatic", interactive=False, verbosity=0)
        self.rounds = rounds
        for part in PARTS:
            if part in only:
                getattr(self, f"_{part}")()

    def _pages(self):
        self.stdout.write(f"{'page':<24}{'queries':>8}{'kB':>8}{'gzip kB':>9}{'CPU ms':>8}{'x bare':>8}")
        figures = bench.measure(self.rounds)
        for figure in figures:
            self.stdout.write(
                f"{figure.name:<24}{figure.queries:>8}{figure.raw / 1000:>8.1f}{figure.sent / 1000:>9.1f}"
                f"{figure.milliseconds:>8.1f}{figure.ratio:>8.1f}"
            )
        self._against_stock(figures)
        visit = bench.first_visit()
        self.stdout.write(f"First visit to the front page without pictures: {visit / 1000:.1f} kB (aim: at most 40)")

    def _drafting(self):
        drafting = bench_drafting.measure()
        self.stdout.write(
            f"A newsletter issue drafted from {drafting.candidates} candidates: {drafting.seconds:.2f} s "
            f"(aim: under {bench_drafting.LIMIT_SECONDS:.0f}), {drafting.queries} queries"
        )

    def _speed(self):
        call_command("bench_speed", stdout=self.stdout)

    def _sending(self):
        call_command("bench_sending", stdout=self.stdout)

    def _against_stock(self, figures):
        stock = bench_stock.milliseconds()
        self.stdout.write(f"Home page of a fresh “wagtail start”: {stock:.1f} ms CPU")
        for figure in figures:
            if aim := bench.LIMITS_CPU.get(figure.name):
                self.stdout.write(
                    f"  {figure.name}: {figure.milliseconds:.1f} ms (aim: at most {aim}), "
                    f"{figure.milliseconds / stock:.1f} times that"
                )

    def _admin(self):
        self.stdout.write(f"\n{'the admin as an administrator':<64}{'queries':>8}{'CPU ms':>8}")
        figures = bench_admin.measure()
        for figure in figures:
            over = "  more than it may" if figure.is_over else ""
            self.stdout.write(f"{figure.url:<64}{figure.queries:>8}{figure.milliseconds:>8.1f}{over}")
        self.stdout.write(
            f"{len(figures)} screens; at most {max(each.queries for each in figures)} queries and "
            f"{max(each.milliseconds for each in figures):.0f} ms "
            f"(aim: {bench_admin.LIMIT_QUERIES} and {bench_admin.LIMIT_MILLISECONDS})\n"
        )

    def _search(self):
        found = bench_search.measure()
        self.stdout.write(
            f"\n{f'library of {found.resources} resources':<44}{f'queries with {bench_search.FEW}':>16}"
            f"{'with all':>10}{'CPU ms':>8}"
        )
        for figure in found.library:
            self.stdout.write(
                f"{figure.address or '(its page)':<44}{figure.few:>16}{figure.many:>10}{figure.milliseconds:>8.0f}"
            )
        self.stdout.write(
            f"The search page over {found.resources} resources and {found.passages} passages, common words: "
            f"median {found.median:.0f} ms, p95 {found.p95:.0f} ms (aim: at most {bench_search.LIMIT}) and "
            f"{found.processor:.0f} ms CPU of this process; slowest “{found.slowest}”; "
            f"rare words: median {found.rare:.0f} ms"
        )

    def _booking(self):
        self.stdout.write(
            f"\n{'booking, 40 people at once':<28}{'booked/s':>9}{'p99 ms':>8}{'refused/s':>11}{'ratio':>7}"
        )
        for name, figure in bench_booking.measure():
            self.stdout.write(
                f"{name:<28}{figure.booked:>9.0f}{figure.slowest:>8.0f}{figure.refused:>11.0f}{figure.ratio:>7.2f}"
            )
