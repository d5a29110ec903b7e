"""Addresses of resources that aren't pages."""

from django.urls import path

from resources import watch_views

urlpatterns = [
    path("resources/tell-me/sent/", watch_views.sent, name="watch_sent"),
    path("resources/tell-me/confirm/<token>/", watch_views.confirm, name="watch_confirm"),
    path("resources/tell-me/mine/<token>/", watch_views.mine, name="watch_mine"),
    path("w/<token>/", watch_views.stop, name="watch_stop"),
]
