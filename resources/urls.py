"""Addresses of resources that aren't pages."""

urlpatterns: list = []
