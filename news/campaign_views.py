"""The admin's screens for sending: plan, watch, steer, report. Each asks for its rights, parses, and calls a job."""

import csv

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from dscp_cms import audit
from dscp_cms.admin import harmless
from news.campaign_forms import RescheduleForm
from news.models import Campaign, Delivery, NewsletterIssuePage
from news.sending import campaigns, refusals, reports

Status = Campaign.Status
ONLY = {  # what the list may be narrowed to: a method of the queryset, and what it says
    "stuck": "Only sendings that are held or paused: each goes on when you say so.",
    "undecided": "Only sendings of the last eight weeks with messages that may not have arrived. Open one to decide.",
}
TOO_LATE = "That was too late, or was done already. Here is how it stands."
LIVE = {Status.SCHEDULED, Status.SENDING}  # the page looks again by itself


def may_send(user) -> bool:
    """Whether the user may send the newsletter."""
    return user.has_perm("news.send_campaign")


@method_decorator(never_cache, name="dispatch")
class Screen(WagtailAdminTemplateMixin):
    """A screen for those who may send."""

    header_icon = "mail"

    def dispatch(self, request, *args, **kwargs):
        if not may_send(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        items = [*super().get_breadcrumbs_items(), {"url": reverse("news_campaigns"), "label": "Sendings"}]
        return items if type(self) is Campaigns else [*items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return {**context, "media": context["form"].media} if "form" in context else context


class Campaigns(Screen, TemplateView):
    """Every sending, and how the last ones compare."""

    page_title = "Sendings"
    template_name = "news/admin/campaigns/index.html"

    def get_context_data(self, **kwargs):
        only = self.request.GET.get("only")
        only = only if only in ONLY else ""
        found = getattr(Campaign.objects, only)() if only else Campaign.objects.all()
        found = found.defer("html", "text").select_related("issue").prefetch_related("lists")
        sent = Campaign.objects.exclude(status=Status.CANCELLED).values("issue")
        chart = [] if only else reports.chart()
        return {
            **super().get_context_data(**kwargs),
            "unsent": NewsletterIssuePage.objects.live().exclude(pk__in=sent).order_by("-date")[:10],
            "campaigns": found[:100],
            "only": ONLY.get(only, ""),
            "chart": chart,
            "chart_width": 100 * max(len(chart), 8),  # a single column isn't as wide as the page
            "may_export": self.request.user.has_perm("news.export_campaign"),
        }


@never_cache
def export(request):
    """The report of every sending as CSV: numbers only."""
    if not request.user.has_perm("news.export_campaign"):
        raise PermissionDenied
    audit.exported(request, "Sendings")
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="sendings.csv"'
    names = (
        "recipients",
        "sent",
        "failed",
        "suppressed",
        "uncertain",
        "waiting",
        "bounced",
        "complained",
        "unsubscribed",
    )
    rows = csv.writer(response)
    rows.writerow(["Subject", "Issue", "Status", "Begun", "Finished", *names])
    for campaign in Campaign.objects.defer("html", "text").select_related("issue"):
        counts = reports.counts(campaign)
        about = (campaign.subject, campaign.issue.title, campaign.get_status_display())
        times = (
            f"{timezone.localtime(t):%d/%m/%Y %H:%M}" if t else "" for t in (campaign.started_at, campaign.finished_at)
        )
        rows.writerow([harmless(value) for value in (*about, *times, *(getattr(counts, name) for name in names))])
    return response


# One campaign


class CampaignScreen(Screen):
    """A screen about one campaign."""

    def dispatch(self, request, *args, **kwargs):
        found = Campaign.objects.defer("html", "text").select_related("issue", "corrects", "created_by")
        self.campaign = get_object_or_404(found, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self):
        return self.campaign.subject

    def get_context_data(self, **kwargs):
        return {**super().get_context_data(**kwargs), "campaign": self.campaign}

    @transaction.atomic
    def done(self, noted: str, job):
        """Do it, and write down who did if anything came of it; return what the job returned."""
        outcome = job()
        if outcome:
            audit.record(audit.Action.SENT, self.request.user, f"{self.campaign.subject}: {noted}")
        return outcome


class OneCampaign(CampaignScreen, TemplateView):
    """Progress, then the report. POST steers it."""

    page_title = "Sending"
    template_name = "news/admin/campaigns/campaign.html"
    jobs = {  # what is done, what is said, what is noted
        "undo": (campaigns.undo, "Undone: nothing was sent.", "undone before it began"),
        "cancel": (campaigns.cancel, "Cancelled: nothing more is sent.", "cancelled"),
        "pause": (lambda campaign: campaigns.pause(campaign, "Paused by staff."), "Paused.", "paused"),
        "resume": (campaigns.resume, "It goes on.", "let go on by hand"),
        "release": (campaigns.release, "It is sent now.", "let go on by hand"),
    }

    def post(self, request, *args, **kwargs):
        job, said, noted = self.jobs.get(request.POST.get("do", ""), (None, "", ""))
        if job is None:
            return self._domain(request)
        if self.done(noted, lambda: job(self.campaign)):
            messages.success(request, said)
        else:
            messages.warning(request, TOO_LATE)
        return redirect("news_campaign", self.campaign.pk)

    def _domain(self, request):
        pause = self.campaign.domain_pauses.filter(domain=request.POST.get("domain", "")).first()
        if pause and request.POST.get("do") == "release_domain":
            if self.done(f"let go on to {pause.domain}", lambda: refusals.release_domain(pause)):
                messages.success(request, f"It goes on to {pause.domain}.")
        elif pause and request.POST.get("do") == "leave_domain":
            count = self.done(f"people of {pause.domain} left out", lambda: refusals.leave_domain_out(pause))
            messages.success(request, f"{count} people of {pause.domain} are left out.")
        return redirect("news_campaign", self.campaign.pk)

    def get_context_data(self, **kwargs):
        return {
            **super().get_context_data(**kwargs),
            "counts": reports.counts(self.campaign),
            "watching": self.campaign.status in LIVE,
            "failures": reports.reasons(self.campaign, Delivery.Status.FAILED),
            "left_out": reports.reasons(self.campaign, Delivery.Status.SUPPRESSED),
            "domains": self.campaign.domain_pauses.filter(released_at=None),
            "undo_until": self.campaign.send_at if self.campaign.status == Status.SCHEDULED else None,
            "seconds_left": max(0, round((self.campaign.send_at - timezone.now()).total_seconds())),
        }


@never_cache
def progress(request, pk):
    """The numbers of one campaign, for the page that shows them."""
    if not may_send(request.user):
        raise PermissionDenied
    campaign = get_object_or_404(Campaign.objects.defer("html", "text"), pk=pk)
    counts = reports.counts(campaign)
    numbers = {name: getattr(counts, name) for name in (*counts.__dataclass_fields__, "settled", "percent")}
    return JsonResponse({"status": campaign.status, "counts": numbers})


class Reschedule(CampaignScreen, FormView):
    """Another time for a campaign that hasn't begun."""

    page_title = "Another time"
    template_name = "news/admin/campaigns/form.html"
    form_class = RescheduleForm
    extra_context = {"submit": "Send it then"}

    def get_initial(self):
        return {"at": self.campaign.send_at}

    def form_valid(self, form):
        at = form.cleaned_data["at"]
        noted = f"planned for {timezone.localtime(at):%d/%m/%Y %H:%M}"
        if self.done(noted, lambda: campaigns.reschedule(self.campaign, at)):
            messages.success(self.request, "It is sent then.")
        else:
            messages.warning(self.request, "It has begun, or was cancelled. Here is how it stands.")
        return redirect("news_campaign", self.campaign.pk)


class Uncertain(CampaignScreen, TemplateView):
    """Messages that may or may not have arrived; a person decides which are sent again."""

    page_title = "Uncertain"
    template_name = "news/admin/campaigns/uncertain.html"

    def post(self, request, *args, **kwargs):
        keys = [int(key) for key in request.POST.getlist("delivery") if key.isdecimal()]
        noted = "messages that may have arrived sent again"
        count = self.done(noted, lambda: campaigns.resend_uncertain(self.campaign, keys))
        messages.success(request, f"{count} message{'' if count == 1 else 's'} will be sent again.")
        return redirect("news_campaign", self.campaign.pk)

    def get_context_data(self, **kwargs):
        sees = self.request.user.has_perm("news.view_subscriber")
        found = self.campaign.deliveries.filter(status=Delivery.Status.UNCERTAIN).order_by("pk")[:1000]
        rows = [
            (
                each,
                (each.email or "(erased)")
                if sees
                else f"…@{each.email.rpartition('@')[2]}"
                if each.email
                else "(erased)",
            )
            for each in found
        ]
        return {**super().get_context_data(**kwargs), "rows": rows, "sees": sees}
