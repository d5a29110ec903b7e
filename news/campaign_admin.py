"""What sending adds to the admin: its screens, a menu item, buttons on an issue."""

from django.urls import path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button

from news import campaign_plan_views as plans
from news import campaign_views as views
from news.issue_hooks import MENU_HOOK
from news.models import NewsletterIssuePage


@hooks.register("register_admin_urls")
def campaign_urls():
    """The screens."""
    return [
        path("newsletter/sendings/", views.Campaigns.as_view(), name="news_campaigns"),
        path("newsletter/sendings/export/", views.export, name="news_campaigns_export"),
        path("newsletter/sendings/<int:pk>/", views.OneCampaign.as_view(), name="news_campaign"),
        path("newsletter/sendings/<int:pk>/progress/", views.progress, name="news_campaign_progress"),
        path("newsletter/sendings/<int:pk>/time/", views.Reschedule.as_view(), name="news_campaign_reschedule"),
        path("newsletter/sendings/<int:pk>/uncertain/", views.Uncertain.as_view(), name="news_campaign_uncertain"),
        path("newsletter/sendings/<int:pk>/correct/", plans.Correct.as_view(), name="news_campaign_correct"),
        path("newsletter/<int:pk>/send/", plans.Send.as_view(), name="news_send_issue"),
        path("newsletter/<int:pk>/test/", plans.SendTest.as_view(), name="news_send_test"),
    ]


class SendingsItem(MenuItem):
    """Shown to those who may send."""

    def is_shown(self, request):
        return views.may_send(request.user)


@hooks.register(MENU_HOOK)
def sendings_item():
    """Every sending."""
    return SendingsItem("Sendings", reverse("news_campaigns"), icon_name="mail", order=40)


@hooks.register("register_page_header_buttons")
def sending_buttons(page, user, view_name, next_url=None):
    """A test for those who edit, sending for those who may."""
    if not isinstance(page, NewsletterIssuePage) or page.pk is None:
        return
    if views.may_send(user) or page.permissions_for_user(user).can_edit():
        yield Button("Send a test", reverse("news_send_test", args=[page.pk]), icon_name="view", priority=64)
    if views.may_send(user):
        yield Button("Send to subscribers", reverse("news_send_issue", args=[page.pk]), icon_name="mail", priority=65)
