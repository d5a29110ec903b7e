"""The screens on which the training team takes the programme out as a workbook and brings it back."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from dscp_cms import audit
from dscp_cms.only_pages import only_page
from home.imports.programme import PROGRAMMES, after_trial, run_sheet
from home.models import ImportRow, ImportRun
from training.models import TrainingIndexPage
from training.programme_sheets import BadSheetError

ON_A_PAGE = 200
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def may(user, what: str) -> bool:
    """Sessions: who may add and change them. Courses: who may add pages to the catalogue and change others' there."""
    if what == "sessions":
        return user.has_perms(["training.add_trainingsession", "training.change_trainingsession"])
    catalogue = only_page(TrainingIndexPage, user)
    if catalogue is None:
        return False
    rights = catalogue.permissions_for_user(user)
    return rights.can_add_subpage() and rights.can_edit()


def may_publish(user) -> bool:
    """Whether changes of published courses may go before readers at once."""
    catalogue = only_page(TrainingIndexPage, user)
    return catalogue is not None and catalogue.permissions_for_user(user).can_publish_subpage()


class SheetForm(forms.Form):
    """A filled-in workbook."""

    file = forms.FileField(
        label="Filled-in workbook",
        help_text="An .xlsx file. You see first what would happen, row by row.",
        error_messages={"required": "Choose a workbook.", "empty": "The file is empty. Choose another."},
    )
    publish = forms.BooleanField(
        label="Publish changes of courses that are published",
        required=False,
        help_text="Otherwise they wait as drafts. New courses are always drafts.",
    )

    def __init__(self, *args, publish: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not publish:
            del self.fields["publish"]


def _header(what: str, title: str, *crumbs: tuple[str, str]) -> dict:
    items = [{"url": reverse("wagtailadmin_home"), "label": "Home"}]
    items += [{"url": address, "label": label} for address, label in crumbs]
    icon = "date" if what == "sessions" else "doc-empty"
    return {"page_title": title, "header_icon": icon, "breadcrumbs_items": [*items, {"url": "", "label": title}]}


def _guard(request, what: str) -> None:
    if not may(request.user, what):
        raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request, what: str):
    """Download the workbook, and upload it; an upload is tried first, and nothing is changed yet."""
    _guard(request, what)
    publish = what == "courses" and may_publish(request.user)
    form = SheetForm(request.POST or None, request.FILES or None, publish=publish)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        wishes = {"publish": bool(form.cleaned_data.get("publish")), "dry_run": True, "keep": True}
        try:
            run, _told = run_sheet(what, file.name, file.read(), user=request.user, **wishes)
        except BadSheetError as error:
            form.add_error("file", str(error))
        else:
            return redirect("programme_run", what=what, pk=run.pk)
    header = _header(what, f"{what.capitalize()} as a workbook")
    return render(request, "home/admin/programme_sheet.html", {"form": form, "what": what, **header})


@require_safe
def download(request, what: str, which: str):
    """The empty workbook, or one with what is here now."""
    _guard(request, what)
    module = PROGRAMMES[what].module
    if which == "now":
        audit.exported(request, f"{what.capitalize()} as a workbook")
        content = module.export()
    else:
        audit.leave_out(request)
        content = module.template()
    response = HttpResponse(content, content_type=WORKBOOK)
    name = what if which == "now" else f"{what}-template"
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def _run(request, what: str, pk: int) -> ImportRun:
    _guard(request, what)
    return get_object_or_404(ImportRun, pk=pk, kind=PROGRAMMES[what].kind)


@require_safe
def run(request, what: str, pk: int):
    """What would happen, or what happened, row by row."""
    found = _run(request, what, pk)
    counts = [(label, getattr(found, value)) for value, label in ImportRow.Outcome.choices]
    context = {
        "run": found,
        "what": what,
        "counts": [(label, number) for label, number in counts if number],
        "page_obj": Paginator(found.rows.all(), ON_A_PAGE).get_page(request.GET.get("p")),
        "may_go_on": found.dry_run and bool(found.file) and bool(found.made or found.updated),
    }
    title = "What would happen" if found.dry_run else "What happened"
    crumbs = (reverse("programme_sheet", kwargs={"what": what}), f"{what.capitalize()} as a workbook")
    return render(request, "home/admin/programme_run.html", {**context, **_header(what, title, crumbs)})


@require_POST
def go_on(request, what: str, pk: int):
    """Import the sheet that was tried."""
    trial = _run(request, what, pk)
    try:
        real = after_trial(trial, what, request.user)
    except BadSheetError as error:
        messages.error(request, str(error))
        return redirect("programme_sheet", what=what)
    messages.success(request, f"Imported: {real.made} made, {real.updated} updated, {real.skipped} skipped.")
    return redirect("programme_run", what=what, pk=real.pk)


@hooks.register("register_admin_urls")
def programme_urls():
    """Where they are: an address each for courses and sessions, since other people may open them."""
    routes = (
        ("", sheet, "programme_sheet"),
        ("download/<str:which>/", download, "programme_download"),
        ("runs/<int:pk>/", run, "programme_run"),
        ("runs/<int:pk>/import/", go_on, "programme_go_on"),
    )
    return [
        path(f"programme/{what}/{route}", view, {"what": what}, name=name)
        for what in PROGRAMMES
        for route, view, name in routes
    ]


class ProgrammeMenuItem(MenuItem):
    """For those who may import one of the two."""

    def __init__(self, what: str, **options):
        self.what = what
        super().__init__(
            f"{what.capitalize()} as a workbook", reverse("programme_sheet", kwargs={"what": what}), **options
        )

    def is_shown(self, request):
        return may(request.user, self.what)


@hooks.register("register_admin_menu_item")
def courses_in_menu():
    """The way to the courses' workbook."""
    return ProgrammeMenuItem("courses", name="programme", icon_name="table", order=900)


@hooks.register("register_admin_menu_item")
def sessions_in_menu():
    """The way to the sessions' workbook."""
    return ProgrammeMenuItem("sessions", name="programme", icon_name="table", order=901)
