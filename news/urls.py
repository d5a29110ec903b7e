"""Addresses of the newsletter that aren't pages."""

from django.conf import settings
from django.urls import path

from news.views import subscriptions as views

urlpatterns = [
    path("subscribe/", views.subscribe, name="subscribe"),
    path("subscribe/sent/", views.subscribe_sent, name="subscribe_sent"),
    path("subscribe/confirm/<token>/", views.confirm, name="confirm_subscription"),
    path("subscribe/address/<token>/", views.confirm_address, name="confirm_address"),
    path("subscribe/manage/", views.ask_for_link, name="ask_for_link"),
    path("subscribe/manage/sent/", views.link_sent, name="subscription_link_sent"),
    path("subscribe/manage/erased/", views.erased, name="subscription_erased"),
    path("subscribe/manage/<token>/", views.subscription, name="subscription"),
    path("subscribe/manage/<token>/saved/", views.saved, name="subscription_saved"),
    path("subscribe/manage/<token>/address/", views.new_address, name="subscription_address"),
    path("subscribe/manage/<token>/data/", views.held, name="subscription_data"),
    path("subscribe/manage/<token>/erase/", views.erase, name="subscription_erase"),
    path("u/<token>/", views.unsubscribe, name="unsubscribe"),
]

if settings.SENDING.webhooks:
    from news import webhooks

    urlpatterns += webhooks.urlpatterns()
