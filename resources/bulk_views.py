"""The two screens of bulk upload: choose files, then describe the drafts in one table."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods
from wagtail.models import Collection

from dscp_cms.models import Topic
from resources import bulk
from resources.forms import DocumentForm
from resources.models import ResourceLibraryPage, ResourcePage


def _libraries(user) -> list[ResourceLibraryPage]:
    """The libraries that this person may add resources to."""
    found = ResourceLibraryPage.objects.live().order_by("title")
    return [library for library in found if library.permissions_for_user(user).can_add_subpage()]


def _may(request) -> bool:
    return request.user.has_perms(["resources.add_fileversion"])


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request):
    """Take files; each is answered for by itself, so that one that is refused doesn't stop the others.

    With JavaScript they come one by one, with progress; without it all at once.
    """
    libraries = _libraries(request.user) if _may(request) else []
    if not libraries:
        raise PermissionDenied
    library = next((one for one in libraries if str(one.pk) == request.POST.get("library", "")), None)
    files = request.FILES.getlist("files")[: bulk.MOST_AT_ONCE]
    results = []
    if request.method == "POST" and library and files:
        results = [_take(request, library, file) for file in files]
        if request.headers.get("Accept") == "application/json":
            return JsonResponse(results[0], status=200 if results[0]["ok"] else 422)
        if all(result["ok"] for result in results):
            messages.success(request, f"{len(results)} drafts were made. Describe them here, then publish each.")
            return redirect("bulk_describe", library.pk)
    context = {
        "libraries": libraries,
        "library": library,
        "results": results,
        "missing": request.method == "POST" and not files,
        "most": bulk.MOST_AT_ONCE,
        "page_title": "Upload many files",
        "header_icon": "upload",
        "breadcrumbs_items": [],
    }
    return render(request, "resources/admin/bulk_upload.html", context)


def _take(request, library: ResourceLibraryPage, file) -> dict:
    fields = {
        "title": bulk.title_from(file.name),
        "language": "en-GB",
        "collection": Collection.get_first_root_node().pk,
    }
    form = DocumentForm(fields, {"file": file}, user=request.user)
    if not form.is_valid():
        return {"name": file.name, "ok": False, "words": " ".join(str(e) for es in form.errors.values() for e in es)}
    document = form.save(commit=False)
    document.uploaded_by_user = request.user
    document._set_document_file_metadata()
    try:
        page = bulk.add_draft(library, document, file.name, request.user)
    except ValidationError as error:
        return {"name": file.name, "ok": False, "words": " ".join(error.messages)}
    return {"name": file.name, "ok": True, "words": f"Draft “{page.title}” was made."}


class DraftForm(forms.Form):
    """One row of the table."""

    title = forms.CharField(max_length=255)
    kind = forms.ChoiceField(choices=ResourcePage.Kind.choices, label="Type")
    reach = forms.ChoiceField(choices=ResourcePage.Reach.choices, label="Local or national")
    summary = forms.CharField(
        max_length=300, required=False, widget=forms.Textarea({"rows": 2, "placeholder": "Summary"})
    )
    topics = forms.ModelMultipleChoiceField(Topic.objects.all(), required=False)

    def __init__(self, *args, page: ResourcePage, choices: list, **kwargs):
        first = {name: getattr(page, name) for name in ("title", "kind", "reach", "summary")}
        first["topics"] = [topic.pk for topic in page.topics.all()]
        super().__init__(*args, prefix=f"page-{page.pk}", initial=first, **kwargs)
        self.page = page
        self.fields["topics"].choices = choices
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = f"{field.label or name.capitalize()} of {page.title}"


@require_http_methods(["GET", "HEAD", "POST"])
def describe(request, pk: int):
    """Titles, types, summaries and topics of the drafts that somebody made in a library."""
    library = get_object_or_404(ResourceLibraryPage, pk=pk)
    if not _may(request) or not library.permissions_for_user(request.user).can_add_subpage():
        raise PermissionDenied
    choices = list(Topic.objects.values_list("pk", "name"))
    data = request.POST if request.method == "POST" else None
    rows = [DraftForm(data, page=page, choices=choices) for page in bulk.drafts(library, request.user)]
    if data and all([form.is_valid() for form in rows]):
        changed = sum(bulk.describe(form.page, request.user, **_fields(form)) for form in rows)
        messages.success(request, f"Saved. {changed} draft{' was' if changed == 1 else 's were'} changed.")
        return redirect(reverse("bulk_describe", args=[library.pk]))
    context = {"library": library, "rows": rows, "wrong": bool(data)}
    header = {
        "page_title": f"Describe the drafts in {library.title}",
        "header_icon": "list-ul",
        "breadcrumbs_items": [],
    }
    return render(request, "resources/admin/bulk_describe.html", {**context, **header})


def _fields(form: DraftForm) -> dict:
    cleaned = form.cleaned_data
    return {
        **{name: cleaned[name] for name in ("title", "kind", "reach", "summary")},
        "topics": list(cleaned["topics"]),
    }


urls = [
    path("resources/upload/", upload, name="bulk_upload"),
    path("resources/upload/<int:pk>/describe/", describe, name="bulk_describe"),
]
