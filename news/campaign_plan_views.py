"""The admin's screens for planning a sending: whom to and when, a test, a correction."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import FormView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from dscp_cms import audit
from news.campaign_forms import LATER, CorrectionForm, SendForm, TestForm
from news.campaign_views import CampaignScreen, Screen, may_send
from news.models import Campaign, NewsletterIssuePage
from news.preflight import preflight
from news.sending import campaigns, planning


class Send(Screen, FormView):
    """Whom to and when; then the number of people, to be confirmed."""

    page_title = "Send"
    template_name = "news/admin/campaigns/send.html"
    form_class = SendForm

    def dispatch(self, request, *args, **kwargs):
        self.issue = get_object_or_404(NewsletterIssuePage, pk=kwargs["pk"])
        self.found = None
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self):
        return self.issue.title

    def get_initial(self):
        planned = [self.issue.planned_list_id] if self.issue.planned_list_id else []
        return {"lists": planned, "usual": self.issue.kind == NewsletterIssuePage.Kind.ISSUE, "key": uuid.uuid4()}

    def findings(self) -> list:
        """What the pre-flight finds, asked once a request."""
        if self.found is None:
            self.found = preflight(self.issue)
        return self.found

    def get_context_data(self, **kwargs):
        found = self.findings()
        return {
            **super().get_context_data(**kwargs),
            "issue": self.issue,
            "blocks": [each for each in found if each.level == "block"],
            "warnings": [each for each in found if each.level == "warn"],
            "edit_url": reverse("wagtailadmin_pages:edit", args=[self.issue.pk]),
            "earlier": self.issue.campaigns.exclude(status=Campaign.Status.CANCELLED).defer("html", "text"),
        }

    def form_valid(self, form):
        plan = form.plan(self.issue)
        if "confirmed" not in self.request.POST:
            return self._ask(form, plan)
        number = self.request.POST["confirmed"]
        try:
            campaign, new = planning.schedule(
                plan,
                at=form.cleaned_data["at"] if form.cleaned_data["when"] == LATER else None,
                confirmed=int(number) if number.isdecimal() else -1,
                key=form.cleaned_data["key"],
                warnings_accepted=self.request.POST.get("accept") == "yes",
                by=self.request.user,
            )
        except planning.CountChangedError as changed:
            return self._ask(form, plan, f"The number of people has changed since you looked. {changed}")
        except planning.NotReadyError as refused:
            self.found = refused.findings
            return self._ask(form, plan, "Look at what the check found, and say that you did.")
        if not new:
            messages.info(self.request, "That was sent already; here is how it stands.")
        return redirect("news_campaign", campaign.pk)

    def _ask(self, form, plan: planning.Plan, complaint: str = ""):
        again = [(name, value) for name in form.fields for value in self.request.POST.getlist(name)]
        asked = {
            "plan": plan,
            "count": plan.recipients(),
            "left_out": plan.already_sent(),
            "complaint": complaint,
            "again": again,
        }
        return self.render_to_response(self.get_context_data(form=form, asked=asked))


@method_decorator(never_cache, name="dispatch")
class SendTest(WagtailAdminTemplateMixin, FormView):
    """Sends the latest draft to a few typed addresses; for those who may edit the issue or send it."""

    page_title = "Send a test"
    header_icon = "mail"
    template_name = "news/admin/campaigns/test.html"
    form_class = TestForm

    def dispatch(self, request, *args, **kwargs):
        self.issue = get_object_or_404(NewsletterIssuePage, pk=kwargs["pk"])
        if not (may_send(request.user) or self.issue.permissions_for_user(request.user).can_edit()):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self):
        return self.issue.get_admin_display_title()

    def get_breadcrumbs_items(self):
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_initial(self):
        return {"addresses": self.request.user.email}

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        edit_url = reverse("wagtailadmin_pages:edit", args=[self.issue.pk])
        return {**context, "issue": self.issue, "edit_url": edit_url, "media": context["form"].media}

    def form_valid(self, form):
        draft = self.issue.get_latest_revision_as_object()
        count = planning.send_test(draft, form.cleaned_data["addresses"])
        audit.record(audit.Action.SENT, self.request.user, f"A test of “{self.issue.title}”"[:250])
        messages.success(self.request, f"A test is on its way to {count} address{'' if count == 1 else 'es'}.")
        return redirect("wagtailadmin_pages:edit", self.issue.pk)


class Correct(CampaignScreen, FormView):
    """A short correction to exactly those who were sent it."""

    page_title = "Correct"
    template_name = "news/admin/campaigns/correct.html"
    form_class = CorrectionForm

    def get_initial(self):
        return {"subject": f"Correction: {self.campaign.subject}"[:150], "key": uuid.uuid4()}

    def _count(self) -> int:
        lists = self.campaign.lists.all()
        return campaigns.people(self.campaign.issue, lists, corrects=self.campaign).count()

    def form_valid(self, form):
        number = self.request.POST.get("confirmed", "")
        try:
            correcting, _new = planning.correct(
                self.campaign,
                subject=form.cleaned_data["subject"],
                words=form.cleaned_data["words"],
                confirmed=int(number) if number.isdecimal() else -1,
                key=form.cleaned_data["key"],
                by=self.request.user,
            )
        except planning.CountChangedError as changed:
            return self.render_to_response(self.get_context_data(form=form, asked={"count": changed.count}))
        return redirect("news_campaign", correcting.pk)
