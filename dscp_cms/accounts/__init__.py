"""Signing in, for staff and for partners, over django-allauth: its flows, our limits, words and looks."""
