"""Gives each request its id for the logs."""

import ipaddress
from functools import cache

from django.conf import settings

from dscp_cms import logs


class RequestIdMiddleware:
    """Begins a request's id; a proxy of ours may have given it one (X-Request-ID), so that both logs agree."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request.id = logs.set_request_id(given if given and is_ours(request.META.get("REMOTE_ADDR", "")) else "")
        # Not forgotten at the end: the server logs an error after the last middleware. The next request begins anew.
        return self.get_response(request)


def is_ours(address: str) -> bool:
    """Whether this address is of a proxy whose word is believed."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _proxies(tuple(settings.TRUSTED_PROXIES)))


@cache
def _proxies(networks: tuple[str, ...]):
    return [ipaddress.ip_network(network) for network in networks]
