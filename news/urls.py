"""Addresses of the newsletter that aren't pages."""

urlpatterns: list = []
