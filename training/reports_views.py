"""The training reports in the admin, and their workbook."""

from datetime import date, datetime

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView, View

from dscp_cms import audit
from training.models import CoursePage, Moment
from training.reports import Figures, Line, Period, figures
from training.reports_evaluations import SMALL, CourseEvaluation, answers
from training.reports_people import repeatedly_absent
from training.reports_sheets import workbook
from training.screens import Screen

RIGHT = "training.view_reports"
NOT_A_PERIOD = "These months make no period: the first must come before the last, ten years at most."
YEARS_BACK = 7
KINDS = {"came": "came", "missed": "did not come", "other": "with a place, attendance not known"}


def period_of(query) -> tuple[Period, str]:
    """The period that an address asks for, or this financial year; and a sentence where it can't be read."""
    this_year = Period.year_around(timezone.localdate())
    if not query.get("from") and not query.get("to"):
        return this_year, ""
    try:
        return Period.of_months(_month(query.get("from", "")), _month(query.get("to", ""))), ""
    except (ValueError, OverflowError):
        return this_year, NOT_A_PERIOD


def _month(text: str) -> date:
    month = datetime.strptime(text, "%Y-%m").date()
    if not 2000 <= month.year <= 2100:
        raise ValueError("No year of ours.")
    return month


class ReportScreen(Screen):
    """What the report's screens share."""

    right = RIGHT
    header_icon = "list-ul"

    def find(self, pk: int | None = None) -> None:
        """Nothing, unless a screen is about one course."""

    def back(self) -> str:
        """The report."""
        return reverse("training_reports")

    def about(self) -> str:
        """Its name."""
        return "Reports"


class Reports(ReportScreen, TemplateView):
    """Everything counted about a period."""

    page_title = "Reports"
    template_name = "training/admin/reports/reports.html"

    def get_breadcrumbs_items(self):
        top = {"url": reverse("training_trainingsession_modeladmin_index"), "label": "Training"}
        return [{"url": reverse("wagtailadmin_home"), "label": "Home"}, top, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs):
        period, problem = period_of(self.request.GET)
        found = figures(period)
        sees_people = self.request.user.has_perm("training.view_booking")
        return super().get_context_data(
            figures=found,
            problem=problem,
            query=as_query(period),
            months=_months_to_choose(period),
            presets=_presets(),
            chart=columns(found.by_month),
            chart_width=100 * max(len(found.by_month), 12),
            absent=repeatedly_absent(period) if sees_people else None,
            moments=list(Moment),
            fewest=SMALL,
            **kwargs,
        )


class Evaluation(ReportScreen, TemplateView):
    """What was answered about one course."""

    page_title = "Evaluation"
    template_name = "training/admin/reports/evaluation.html"

    def find(self, pk: int | None = None) -> None:
        """The course. Raises Http404."""
        self.course = CoursePage.objects.filter(pk=pk).first()
        if self.course is None:
            raise Http404("No such course.")

    def get_context_data(self, **kwargs):
        period, problem = period_of(self.request.GET)
        of_courses: Figures = figures(period)
        empty = CourseEvaluation(self.course.pk, self.course.title)
        one = next((one for one in of_courses.evaluations.by_course if one.course_id == self.course.pk), empty)
        given = answers(period.since, period.until, self.course.pk)[self.course.pk]
        shown = {"chosen": given.chosen, "words": given.words, "moments": list(Moment), "fewest": SMALL}
        return super().get_context_data(
            course=self.course, one=one, period=period, problem=problem, query=as_query(period), **shown, **kwargs
        )


class Export(ReportScreen, View):
    """The workbook. Names are in it only for those who may export bookings."""

    page_title = "Export"

    def get(self, request):
        """The file."""
        period, _problem = period_of(request.GET)
        may_take_names = request.user.has_perms(["training.view_booking", "training.export_booking"])
        content = workbook(figures(period), repeatedly_absent(period) if may_take_names else None)
        names = ", with names" if may_take_names else ""
        audit.exported(request, f"Training reports, {_in_words(period)}{names}")
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        response = HttpResponse(content, content_type=kind)
        name = f"training-{as_query(period).replace('from=', '').replace('&to=', '-to-')}.xlsx"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _in_words(period: Period) -> str:
    return f"{period.since:%B %Y} to {period.months[-1]:%B %Y}"


def as_query(period: Period) -> str:
    """The period in an address."""
    return f"from={period.since:%Y-%m}&to={period.months[-1]:%Y-%m}"


def _presets() -> list[tuple[str, str]]:
    """Periods to go to with one press: the financial years around today."""
    this_year = Period.year_around(timezone.localdate()).since.year
    years = [(begins, Period.financial_year(begins)) for begins in range(this_year + 1, this_year - 3, -1)]
    return [(f"April {begins} to March {begins + 1}", as_query(period)) for begins, period in years]


def _months_to_choose(chosen: Period) -> list[tuple[str, str]]:
    today = timezone.localdate()
    found = Period(date(today.year - YEARS_BACK, 1, 1), date(today.year + 2, 1, 1)).months
    found = sorted({*found, *chosen.months})
    return [(f"{month:%Y-%m}", f"{month:%B %Y}") for month in found]


def columns(lines: list[Line]) -> list[dict]:
    """The months as columns of a chart: from the foot, who came, who didn't, and who else had a place."""
    largest = max((line.counts.had_place for line in lines), default=0) or 1
    found = []
    for line in lines:
        counts, foot, parts = line.counts, 0.0, []
        rest = counts.had_place - counts.came - counts.not_attended
        for kind, number in (("came", counts.came), ("missed", counts.not_attended), ("other", rest)):
            high = 100 * number / largest
            parts.append((kind, f"{number} {KINDS[kind]}", foot, high))
            foot += high
        found.append({"name": line.name, "parts": parts})
    return found
