"""The screen on which an editor looks into a file before readers get it."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from dscp_cms.admin import KeepingPermissionHelper
from dscp_cms.files import serve_preview
from resources import inside, versions
from resources.models import FileFacts, FileVersion

PATIENCE = timedelta(minutes=2)  # after which an editor needn't wait for the reading
TEXT_SHOWN = 60_000  # characters


def _version(request, pk: int) -> FileVersion:
    found = get_object_or_404(FileVersion.objects.select_related("resource", "document__collection"), pk=pk)
    if not KeepingPermissionHelper(FileVersion).user_can_edit_obj(request.user, found):
        raise PermissionDenied
    return found


def _facts(version: FileVersion) -> FileFacts | None:
    return FileFacts.objects.filter(document=version.document_id).first()


def _being_read(facts: FileFacts | None) -> bool:
    return facts is not None and facts.state in {FileFacts.State.WAITING, FileFacts.State.READING}


def _may_confirm(version: FileVersion, facts: FileFacts | None) -> bool:
    """Whether there is something to look at, or it was waited for long enough."""
    waited = timezone.now() - version.added_at > PATIENCE
    return version.checked_at is None and version.withdrawn_at is None and (waited or not _being_read(facts))


@require_http_methods(["GET", "HEAD", "POST"])
def check(request, pk: int):
    """Show what is inside the file of a version; a POST lets readers have it."""
    version = _version(request, pk)
    if request.method == "POST":
        return _confirm(request, version)
    facts = _facts(version)
    reading = _being_read(facts)
    texts, shown = [], 0
    for text in facts.texts.all() if facts else []:
        if shown < TEXT_SHOWN:
            texts.append(text)
        shown += len(text.text)
    context = {
        "version": version,
        "facts": facts,
        "reading": reading,
        "may_confirm": _may_confirm(version, facts),
        "texts": texts,
        "more_text": shown > TEXT_SHOWN,
        "to_come": version.published_on > timezone.localdate(),
        "several": len(texts) > 1,
    }
    return render(request, "resources/admin/check_version.html", context)


def _confirm(request, version: FileVersion):
    if version.withdrawn_at:
        messages.error(request, "This version was withdrawn, so readers don't get it.")
    elif request.POST.get("looked") != "on":
        messages.error(request, "Tick that you have looked into the file, then let readers have it.")
        return redirect("check_file_version", version.pk)
    elif version.checked_at is None and not _may_confirm(version, _facts(version)):
        messages.error(request, "The file is still being read. Look at what was found in it, then let readers have it.")
        return redirect("check_file_version", version.pk)
    elif versions.confirm(version, request.user):
        day = version.published_on
        when = "from now on" if day <= timezone.localdate() else f"from {day:%d/%m/%Y} on"
        messages.success(request, f"Readers get version {version.label} {when}.")
    return redirect("wagtailadmin_pages:edit", version.resource_id)


@require_POST
def read_again(request, pk: int):
    """Have the file read anew."""
    version = _version(request, pk)
    inside.ask_again(version.document)
    messages.success(request, "The file is being read again.")
    return redirect("check_file_version", version.pk)


def picture(request, pk: int):
    """The picture of the first page, also of a version that readers don't get yet."""
    return serve_preview(request, _version(request, pk).document)


urls = [
    path("file-versions/<int:pk>/check/", check, name="check_file_version"),
    path("file-versions/<int:pk>/read-again/", read_again, name="read_file_version_again"),
    path("file-versions/<int:pk>/picture/", picture, name="file_version_picture"),
]


def address_after_adding(version: FileVersion) -> str:
    """Where an editor goes after adding a version: to look into it."""
    return reverse("check_file_version", args=[version.pk])
