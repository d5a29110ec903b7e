"""Downloading several files of a library at once: choosing them, and the zip."""

from django.db.models import Sum
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.text import slugify

from dscp_cms.file_answers import send_made
from dscp_cms.listing import chosen, numbered_page
from dscp_cms.visibility import Reader, keep_private
from resources import bundles, counting, listing

SHOWN = 100  # boxes on one page


def choose(request, library):
    """Boxes to tick, a file each, with what they weigh. A form that works by GET: nothing is kept."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    everything = listing.resources_below(request, library)
    resources, facets = listing.narrowed(request, everything)
    files = bundles.open_resources(resources, Reader.of(request))
    page_obj = numbered_page(request, files, size=SHOWN)
    count = page_obj.paginator.count
    parts = range(1, -(-count // bundles.MOST) + 1)
    context = {
        "page_obj": page_obj,
        "count": count,
        "weight": files.order_by().aggregate(total=Sum("weight"))["total"] or 0,
        "parts": [(part, (part - 1) * bundles.MOST + 1, min(part * bundles.MOST, count)) for part in parts],
        "facets": facets,
        "narrowed": bool(chosen(facets)),
        "noindex": True,
        "below_page": True,
        "nothing_chosen": "nothing" in request.GET,
    }
    answer = library.render(request, template="resources/choose_files.html", context_overrides=context)
    return keep_private(answer)


def send_bundle(request, library):
    """The files of the resources named ``r`` in the address, or of all (``all``), as one zip.

    At most ``bundles.MOST`` of them; of a larger library ``part`` says which, by title. What the reader may not
    open, and what isn't in this library, is as if it weren't there.
    """
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not {"all", "r"} & set(request.GET):
        return redirect(f"{library.get_url(request)}download/?nothing=chosen#files")
    resources = listing.resources_below(request, library)
    if "all" not in request.GET:
        keys = [key for key in request.GET.getlist("r") if key.isascii() and key.isdigit() and len(key) < 10]
        resources = resources.filter(pk__in=set(keys[: bundles.MOST]))
    found = bundles.open_resources(resources.order_by("title", "pk"), Reader.of(request))
    part = _part(request)
    files, missing = bundles.entries(found[(part - 1) * bundles.MOST : part * bundles.MOST])
    if not files:
        raise Http404("None of these files is here.")
    counted = counting.count if counting.is_person(request) else None
    title = f"{library.title}: {len(files)} file{'' if len(files) == 1 else 's'}"
    made = bundles.bundle(files, missing, title, counted)
    name = f"{slugify(library.title)[:60] or 'library'}{f'-part-{part}' if part > 1 else ''}.zip"
    answer = send_made(request, made, length=len(made), name=name, content_type="application/zip")
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _part(request) -> int:
    asked = request.GET.get("part", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 and int(asked) else 1
