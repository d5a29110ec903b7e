"""Imports in the admin: the list of runs, the upload of a WordPress export, and each run's report."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from home.imports import report, runs
from home.imports.wordpress import Wishes
from home.imports.wordpress_file import NOT_AN_EXPORT, ExportError, looks_like_one
from home.models import ImportRow, ImportRun

SEE = "home.view_importrun"
ON_A_PAGE = 100
FRESH = 3  # seconds after which a page with progress looks again


def may_import_wordpress(user) -> bool:
    """Administrators only: an import writes everywhere."""
    return user.is_active and user.is_superuser


class WordPressForm(forms.Form):
    """An export, its files, and what is wished."""

    file = forms.FileField(
        label="Export",
        help_text="The .xml file that WordPress makes under Tools, Export, “All content”.",
        error_messages={"required": "Choose the export.", "empty": "The file is empty. Choose another."},
    )
    media = forms.FileField(
        label="Pictures and documents",
        required=False,
        help_text="A ZIP of the old site’s folder wp-content/uploads. Without it, no file is brought over.",
    )
    how = forms.ChoiceField(
        label="What to do",
        choices=[("trial", "Only say what would happen"), ("import", "Import")],
        initial="trial",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )
    publish = forms.BooleanField(
        label="Publish what was public",
        required=False,
        help_text="Only pages with nothing to check. Otherwise everything is a draft that somebody looks at first.",
    )
    fetch = forms.BooleanField(
        label="Fetch missing files from the old site",
        required=False,
        help_text="The old site must still be on the web. This can take long.",
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        try:
            if not looks_like_one(file):
                raise forms.ValidationError(NOT_AN_EXPORT)
        except ExportError as error:
            raise forms.ValidationError(str(error)) from error
        return file

    def clean_media(self):
        media = self.cleaned_data.get("media")
        if media:
            if media.read(4) not in {b"PK\x03\x04", b"PK\x05\x06"}:
                raise forms.ValidationError("This isn’t a ZIP. Make a ZIP of the folder wp-content/uploads.")
            media.seek(0)
        return media


def _header(title: str, *crumbs: tuple[str, str]) -> dict:
    items = [{"url": reverse("wagtailadmin_home"), "label": "Home"}]
    items += [{"url": address, "label": label} for address, label in crumbs]
    return {"page_title": title, "header_icon": "download", "breadcrumbs_items": [*items, {"url": "", "label": title}]}


@require_safe
def imports(request):
    """Every run, newest first."""
    if not request.user.has_perm(SEE):
        raise PermissionDenied
    found = ImportRun.objects.select_related("started_by")
    page_obj = Paginator(found, ON_A_PAGE).get_page(request.GET.get("p"))
    context = {"page_obj": page_obj, "may_import": may_import_wordpress(request.user)}
    return render(request, "home/admin/imports/list.html", {**context, **_header("Imports")})


@require_http_methods(["GET", "HEAD", "POST"])
def wordpress(request):
    """Upload an export."""
    if not may_import_wordpress(request.user):
        raise PermissionDenied
    form = WordPressForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        wishes = Wishes(dry_run=data["how"] == "trial", publish=data["publish"], fetch=data["fetch"])
        run = runs.queue(data["file"], data["media"], wishes, request.user)
        return redirect("import_report", run.pk)
    header = _header("Import from WordPress", (reverse("imports"), "Imports"))
    return render(request, "home/admin/imports/wordpress.html", {"form": form, **header})


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
        "may_go_on": run.kind == ImportRun.Kind.WORDPRESS
        and may_import_wordpress(request.user)
        and run.dry_run
        and run.file
        and run.status != "refused",
    }
    header = _header(f"{run.get_kind_display()} import {run.pk}", (reverse("imports"), "Imports"))
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
    response["Content-Disposition"] = f'attachment; filename="{run.kind}-import-{run.pk}.csv"'
    return response


@require_POST
def import_now(request, pk: int):
    """Import the files of this run, after a trial or once more."""
    if not may_import_wordpress(request.user):
        raise PermissionDenied
    run = get_object_or_404(ImportRun, pk=pk, kind=ImportRun.Kind.WORDPRESS)
    return redirect("import_report", runs.again(run, request.user).pk)
