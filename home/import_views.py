"""Imports in the admin: the list of runs, the upload of a WordPress export, and each run's report."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from home.import_forms import WordPressForm
from home.imports import report, runs
from home.imports.wordpress import Wishes
from home.models import ImportRow, ImportRun

Kind = ImportRun.Kind
SEE = "home.view_importrun"
ON_A_PAGE = 100
FRESH = 3  # seconds after which a page with progress looks again


def may_import(user) -> bool:
    """Administrators only: an import writes everywhere."""
    return user.is_active and user.is_superuser


def crumbed(title: str, *, top: bool = False) -> dict:
    """The head of a screen: its title, and the way back to the list of imports."""
    items = [{"url": reverse("wagtailadmin_home"), "label": "Home"}]
    if not top:
        items.append({"url": reverse("imports"), "label": "Imports"})
    return {"page_title": title, "header_icon": "download", "breadcrumbs_items": [*items, {"url": "", "label": title}]}


@require_safe
def imports(request):
    """Every run, newest first."""
    if not request.user.has_perm(SEE):
        raise PermissionDenied
    found = ImportRun.objects.select_related("started_by")
    page_obj = Paginator(found, ON_A_PAGE).get_page(request.GET.get("p"))
    context = {"page_obj": page_obj, "may_import": may_import(request.user)}
    return render(request, "home/admin/imports/list.html", {**context, **crumbed("Imports", top=True)})


@require_http_methods(["GET", "HEAD", "POST"])
def wordpress(request):
    """Upload an export."""
    if not may_import(request.user):
        raise PermissionDenied
    form = WordPressForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        wishes = Wishes(dry_run=data["how"] == "trial", publish=data["publish"], fetch=data["fetch"])
        run = runs.queue(data["file"], data["media"], wishes, request.user)
        return redirect("import_report", run.pk)
    context = {"form": form, **crumbed("Import from WordPress")}
    return render(request, "home/admin/imports/wordpress.html", context)


@require_safe
def import_report(request, pk: int):
    """One run: how far it is, what was made, and what to check. Looks again by itself until it is over."""
    if not request.user.has_perm(SEE):
        raise PermissionDenied
    run = get_object_or_404(ImportRun.objects.select_related("started_by"), pk=pk)
    outcome = request.GET.get("outcome", "")
    rows = run.rows.filter(outcome=outcome) if outcome in ImportRow.Outcome.values else run.rows.all()
    counts = [(value, label, getattr(run, value)) for value, label in ImportRow.Outcome.choices]
    context = {
        "run": run,
        "counts": counts,
        "outcome": outcome,
        "percent": 100 * run.position // run.total if run.total else 0,
        "page_obj": Paginator(rows, ON_A_PAGE).get_page(request.GET.get("p")),
        "may_go_on": may_import(request.user) and runs.may_run_again(run) and run.kind != Kind.DOCUMENTS,
        "has_table": run.kind == Kind.DOCUMENTS and run.dry_run,
    }
    header = crumbed(f"{run.get_kind_display()} import {run.pk}")
    response = render(request, "home/admin/imports/report.html", {**context, **header})
    if not run.is_over:
        response["Refresh"] = str(FRESH)
    return response


@require_safe
def import_file(request, pk: int):
    """The report as CSV."""
    if not request.user.has_perm(SEE):
        raise PermissionDenied
    run = get_object_or_404(ImportRun, pk=pk)
    response = StreamingHttpResponse(report.as_csv(run), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{report.file_name(run)}"'
    return response


@require_POST
def import_now(request, pk: int):
    """Import the files of this run, after a trial or once more. Documents go by their table."""
    if not may_import(request.user):
        raise PermissionDenied
    run = get_object_or_404(ImportRun, pk=pk, kind__in=(Kind.WORDPRESS, Kind.NEWSLETTERS))
    return redirect("import_report", runs.again(run, request.user).pk)
