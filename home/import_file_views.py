"""Past newsletters and documents in the admin: many files at once; documents by a table that is corrected first."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from home.import_forms import DocumentsForm, NewslettersForm, RowForm, TableForm
from home.import_views import crumbed, may_import
from home.imports import documents_plan, runs
from home.imports.documents_plan import Known, PlanError, Row
from home.imports.uploads import UploadError
from home.models import ImportRun

Kind = ImportRun.Kind
ROWS_ON_A_PAGE = 40  # each row is a dozen fields


def _guard(request) -> None:
    if not may_import(request.user):
        raise PermissionDenied


def _queued(request, form: forms.Form, kind: str, *, dry_run: bool, **options) -> ImportRun | None:
    """The run; None, with a sentence beside the field, for files that aren't taken."""
    try:
        return runs.queue_files(kind, form.cleaned_data["files"], request.user, dry_run=dry_run, **options)
    except UploadError as error:
        form.add_error("files", str(error))
        return None


@require_http_methods(["GET", "HEAD", "POST"])
def newsletters(request):
    """Upload past issues."""
    _guard(request)
    form = NewslettersForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        run = _queued(request, form, Kind.NEWSLETTERS, dry_run=form.cleaned_data["how"] == "trial")
        if run:
            return redirect("import_report", run.pk)
    context = {"form": form, "what": "newsletters", **crumbed("Import past newsletters")}
    return render(request, "home/admin/imports/files.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def documents(request):
    """Upload files; nothing is made of them but a table."""
    _guard(request)
    form = DocumentsForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        library = form.cleaned_data["library"]
        run = _queued(request, form, Kind.DOCUMENTS, dry_run=True, library=library.title if library else "")
        if run:
            return redirect("import_table", run.pk)
    context = {"form": form, "what": "documents", **crumbed("Import documents")}
    return render(request, "home/admin/imports/files.html", context)


def _plan(request, pk: int) -> ImportRun:
    """A run whose table can be corrected."""
    _guard(request)
    return get_object_or_404(ImportRun, pk=pk, kind=Kind.DOCUMENTS, dry_run=True)


def _rows(run: ImportRun) -> list[Row]:
    return [Row(**cells) for cells in run.options.get("rows", [])]


def _keep(run: ImportRun, rows: list[Row]) -> None:
    run.options["rows"] = [row.cells() for row in rows]
    run.save(update_fields=["options"])


@require_http_methods(["GET", "HEAD", "POST"])
def table(request, pk: int):
    """The table of what was guessed: corrected here, page by page, before anything is made."""
    run = _plan(request, pk)
    if not run.is_over or not run.file:
        return redirect("import_report", run.pk)  # still looked into, or made already
    rows, known = _rows(run), Known()
    page_obj = Paginator(list(enumerate(rows)), ROWS_ON_A_PAGE).get_page(request.GET.get("p"))
    data = request.POST if request.method == "POST" else None
    listed = [RowForm(data, row=row, known=known, prefix=f"row-{place}") for place, row in page_obj]
    if data is not None and all([form.is_valid() for form in listed]):
        kept = {place: form.row() for (place, _row), form in zip(page_obj, listed, strict=True)}
        _keep(run, [row for place, old in enumerate(rows) if (row := kept.get(place, old)) is not None])
        if request.POST.get("then") == "make":
            return _made(request, run, known)
        messages.success(request, "The table is saved.")
        following = page_obj.number + 1 if request.POST.get("then") == "next" else page_obj.number
        return redirect(f"{reverse('import_table', args=[run.pk])}?p={following}")
    context = {
        "run": run,
        "listed": listed,
        "page_obj": page_obj,
        "wrong": data is not None,
        "table_form": TableForm(),
        "topics": [topic.name for topic in known.topics.values()],
        "audiences": [audience.name for audience in known.audiences.values()],
        **crumbed(f"Table of {run.source}"),
    }
    return render(request, "home/admin/imports/table.html", context)


def _made(request, run: ImportRun, known: Known):
    """Start making the drafts, unless rows are still wrong, of which each is told."""
    rows = _rows(run)
    wrong = [(place, sentence) for place, row in enumerate(rows) if (sentence := documents_plan.complaint(row, known))]
    if wrong or not rows:
        for place, sentence in wrong[:5]:
            messages.error(request, f"“{rows[place].file}”: {sentence}")
        messages.error(request, f"{len(wrong)} rows aren’t right yet. Correct them, or leave them out.")
        first = wrong[0][0] // ROWS_ON_A_PAGE + 1 if wrong else 1
        return redirect(f"{reverse('import_table', args=[run.pk])}?p={first}")
    return redirect("import_report", runs.again(run, request.user).pk)


@require_safe
def table_file(request, pk: int):
    """The table as CSV, to be corrected in a spreadsheet."""
    run = _plan(request, pk)
    response = HttpResponse(documents_plan.write(_rows(run)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="documents-{run.pk}.csv"'
    return response


@require_POST
def table_back(request, pk: int):
    """Take the corrected table in place of the one here."""
    run = _plan(request, pk)
    form = TableForm(request.POST, request.FILES)
    here = redirect("import_table", run.pk)
    if not form.is_valid():
        messages.error(request, str(form.errors["table"][0]))
        return here
    files = {row.file for row in _rows(run)}
    try:
        rows = list(documents_plan.read(form.cleaned_data["table"].read(documents_plan.LARGEST_TABLE + 1)))
    except PlanError as error:
        messages.error(request, str(error))
        return here
    known_rows = {row.file: row for row in rows if row.file in files}
    if not known_rows:
        messages.error(request, "None of its rows names a file that was uploaded here. Is it the right table?")
        return here
    _keep(run, list(known_rows.values()))
    messages.success(request, f"The table has {len(known_rows)} rows now.")
    if strange := len(rows) - len(known_rows):
        messages.warning(request, f"{strange} rows name files that weren’t uploaded, or one twice; they were left out.")
    return here
