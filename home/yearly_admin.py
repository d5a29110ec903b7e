"""Reports, Yearly pack: a year is chosen, and the pack is taken as a workbook or a PDF."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.generic import TemplateView, View
from wagtail import hooks
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from dscp_cms import audit, pdf
from dscp_cms.link_views import RightfulMenuItem
from home import yearly
from training.reports import Period

RIGHTS = ("training.view_reports", "resources.view_downloadcount")
YEARS_BACK = 7
FILES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


class ForTheRightful:
    """For those who see the training reports and the downloads."""

    def dispatch(self, request, *args, **kwargs):
        if not request.user.has_perms(RIGHTS):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class YearlyPack(ForTheRightful, WagtailAdminTemplateMixin, TemplateView):
    """What the pack of a year says in short, with its files."""

    page_title = "Yearly pack"
    header_icon = "download"
    template_name = "home/admin/yearly.html"

    def get_breadcrumbs_items(self):
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs):
        years = years_to_choose()
        asked = self.request.GET.get("year", "")
        # In April one wants the year that has just ended; so it is the first offered until somebody chooses.
        chosen = int(asked) if asked in {str(year) for year in years} else years[1]
        return {
            **super().get_context_data(**kwargs),
            "years": [(year, in_words(year), year == chosen) for year in years],
            "year": chosen,
            "pack": yearly.pack(chosen),
            "unfinished": chosen == years[0],
        }


class File(ForTheRightful, View):
    """The pack of a year as a file."""

    def get(self, request, year: int, kind: str):
        """The file."""
        if kind not in FILES or year not in years_to_choose():
            raise Http404("No such pack.")
        pack = yearly.pack(year)
        if kind == "xlsx":
            content = yearly.workbook(pack)
        else:
            context = {"period": str(pack.period), **yearly.printed(pack)}
            content = pdf.typeset("home/typst/yearly.typ", context, title=pack.title)
        audit.exported(request, f"Yearly pack {in_words(year)}")
        response = HttpResponse(content, content_type=FILES[kind])
        response["Content-Disposition"] = f'attachment; filename="yearly-pack-{year}-{year + 1}.{kind}"'
        return response


def years_to_choose() -> list[int]:
    """The years in which financial years begin: this one first."""
    this_year = Period.year_around(timezone.localdate()).since.year
    return list(range(this_year, this_year - YEARS_BACK, -1))


def in_words(year: int) -> str:
    """April 2025 to March 2026."""
    return str(Period.financial_year(year))


@hooks.register("register_admin_urls")
def register_yearly_urls():
    """The screen and its files."""
    return [
        path("reports/yearly/", YearlyPack.as_view(), name="yearly_pack"),
        path("reports/yearly/<int:year>.<slug:kind>", File.as_view(), name="yearly_pack_file"),
    ]


class YearlyItem(RightfulMenuItem):
    """In the menu, for those who may."""

    def is_shown(self, request):
        return request.user.has_perms(RIGHTS)


@hooks.register("register_reports_menu_item")
def yearly_in_menu():
    """Reports, Yearly pack."""
    return YearlyItem("Yearly pack", reverse("yearly_pack"), icon_name="download", order=20, right=RIGHTS[0])
