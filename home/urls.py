"""Addresses of the top that aren't pages."""

from django.urls import path

from home import views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("search/suggest/", views.suggest, name="search_suggest"),
    path("robots.txt", views.robots, name="robots"),
]
