"""Addresses of the top that aren't pages."""

from django.urls import path, re_path

from home import contribution_views, old_addresses, partner_area, views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("search/suggest/", views.suggest, name="search_suggest"),
    path("robots.txt", views.robots, name="robots"),
    path("contribute/", contribution_views.contribute, name="contribute"),
    path("contribute/thank-you/", contribution_views.thanks, name="contribute_thanks"),
    path("partners/", partner_area.partner_area, name="partner_area"),
    re_path(r"^media/pictures/([0-9]{1,18})/$", old_addresses.old_picture, name="old_picture"),
]
