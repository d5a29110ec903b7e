"""Answers when something is wrong: each says what to do next."""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpResponseBadRequest, HttpResponseServerError
from django.shortcuts import render
from django.template import loader


def bad_request(request, exception):
    """400: for a host name that isn't ours, say which variable to set."""
    if isinstance(exception, DisallowedHost):
        sentence = "This site doesn't answer to that name. Set the variable SITE_URL to the address it should have."
    else:
        sentence = "The site couldn't understand that request. Go back, and try again."
    return HttpResponseBadRequest(sentence, content_type="text/plain; charset=utf-8")


def not_found(request, exception):
    """404 with a search, the main sections, and where to turn with a worry about a child."""
    return render(request, "404.html", {"noindex": True}, status=404)


def server_error(request):
    """500, from a template that needs neither database nor context."""
    return HttpResponseServerError(loader.get_template("500.html").render({"debug": settings.DEBUG}))
