"""Downloading several files of a library at once: choosing them, and the zip."""

from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.text import slugify

from dscp_cms.file_answers import send_made
from dscp_cms.listing import chosen
from dscp_cms.visibility import Reader, keep_private
from resources import bundles, counting, listing

MOST_SHOWN = 200  # boxes on one page; a longer list is narrowed by its facets, or downloaded whole


def choose(request, library):
    """Boxes to tick, a file each, with what they weigh. A form that works by GET: nothing is kept."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    everything = listing.resources_below(request, library)
    resources, facets = listing.narrowed(request, everything)
    shown = bundles.open_resources(resources, Reader.of(request))
    context = {
        "shown": shown[:MOST_SHOWN],
        "left_out": max(0, len(shown) - MOST_SHOWN),
        "weight": sum(page.current_version.document.file_size or 0 for page in shown),
        "facets": facets,
        "narrowed": bool(chosen(facets)),
        "noindex": True,
        "nothing_chosen": "nothing" in request.GET,
    }
    answer = library.render(request, template="resources/choose_files.html", context_overrides=context)
    return keep_private(answer)


def send_bundle(request, library):
    """The files of the resources named ``r`` in the address, or of all (``all``), as one zip.

    What the reader may not open, and what isn't in this library, is as if it weren't there.
    """
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not {"all", "r"} & set(request.GET):
        return redirect(f"{library.get_url(request)}download/?nothing=chosen#files")
    resources = listing.resources_below(request, library)
    if "all" not in request.GET:
        keys = {key for key in request.GET.getlist("r") if key.isascii() and key.isdigit() and len(key) < 10}
        resources = resources.filter(pk__in=keys)
    pages = bundles.open_resources(resources.order_by("title", "pk"), Reader.of(request))
    files, missing = bundles.entries(pages)
    if not files:
        raise Http404("None of these files is here.")
    counted = counting.count if counting.is_person(request) else None
    title = f"{library.title}: {len(files)} file{'' if len(files) == 1 else 's'}"
    made = bundles.bundle(files, missing, title, counted)
    name = f"{slugify(library.title)[:60] or 'library'}.zip"
    answer = send_made(request, made, length=len(made), name=name, content_type="application/zip")
    answer["X-Robots-Tag"] = "noindex"
    return answer
