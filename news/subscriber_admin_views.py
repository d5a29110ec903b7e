"""The admin's screens for importing subscribers: upload, progress, what would happen, what happened."""

import csv

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from dscp_cms.admin import harmless
from news import import_uploads
from news.models import SubscriberImport
from news.subscriber_forms import UploadForm

EVERY = 2  # seconds between two looks at the progress


def may_import(user) -> bool:
    """Whether the user may import subscribers."""
    return user.has_perm("news.import_subscriber")


@method_decorator(never_cache, name="dispatch")
class ImportScreen(WagtailAdminTemplateMixin):
    """A screen for those who may import."""

    page_title = "Import subscribers"
    header_icon = "upload"

    def dispatch(self, request, *args, **kwargs):
        if not may_import(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("news_subscriber_modeladmin_index"), "label": "Subscribers"},
            {"url": "", "label": self.page_title},
        ]


class Imports(ImportScreen, FormView):
    """Upload a list; the lists of late."""

    form_class = UploadForm
    template_name = "news/admin/subscribers/upload.html"

    def form_valid(self, form):
        file, lists = form.cleaned_data["file"], list(form.cleaned_data["lists"])
        upload = import_uploads.take(file.name, file.read(), lists, self.request.user)
        return redirect("news_import", upload.key)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        recent = SubscriberImport.objects.defer("data").select_related("by").prefetch_related("lists")
        return {**context, "uploads": recent[:20], "media": context["form"].media}


class OneImport(ImportScreen, TemplateView):
    """How far one list is. Looks again by itself while there is work; POST imports it or forgets it."""

    template_name = "news/admin/subscribers/import.html"

    def get(self, request, *args, **kwargs):
        response = super().get(request, *args, **kwargs)
        if self._upload().status in SubscriberImport.WORKING:
            response["Refresh"] = str(EVERY)
        return response

    def post(self, request, *args, **kwargs):
        upload = self._upload()
        if request.POST.get("do") == "import":
            done = import_uploads.begin(upload)
        else:
            done = import_uploads.cancel(upload)
        if not done:
            messages.warning(request, "That was done already; here is how it stands.")
        return redirect("news_import", upload.key)

    def _upload(self) -> SubscriberImport:
        return get_object_or_404(SubscriberImport.objects.defer("data"), key=self.kwargs["key"])

    def get_context_data(self, **kwargs):
        upload = self._upload()
        working = upload.status in SubscriberImport.WORKING
        return {
            **super().get_context_data(**kwargs),
            "upload": upload,
            "working": working,
            "percent": 100 * upload.done // upload.total if upload.total else 0,
            "reasons": [] if working else import_uploads.reasons(upload),
            "would": upload.status in {SubscriberImport.Status.CHECKED, SubscriberImport.Status.CANCELLED},
        }


class _Echo:
    def write(self, value):
        return value


@never_cache
def report(request, key):
    """What became of every row, as CSV: line numbers and reasons, no addresses."""
    if not may_import(request.user):
        raise PermissionDenied
    upload = get_object_or_404(SubscriberImport.objects.defer("data"), key=key)
    writer = csv.writer(_Echo())

    def lines():
        yield writer.writerow(["Line", "Outcome", "Reason"])
        for line in import_uploads.report_lines(upload):
            yield writer.writerow([harmless(cell) for cell in line])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="import-report.csv"'
    return response
