"""Errors reported to Sentry, or to anything that speaks its protocol, without what people typed or who they are."""

import sentry_sdk
from sentry_sdk.integrations.django import DjangoIntegration

from dscp_cms import logs


def report_errors(dsn: str, environment: str) -> None:
    """Begin to report: errors only, no timings, nothing of the reader but the address's path, masked."""
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        integrations=[DjangoIntegration(cache_spans=False, signals_spans=False)],
        send_default_pii=False,
        include_local_variables=False,  # where addresses and tokens stand
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=None,
        server_name="site",
        before_send=without_people,
    )


def without_people(event: dict, hint: dict) -> dict:
    """Leave of the request its method and masked path; mask every text; add the request's id."""
    request = event.pop("request", {})
    event.pop("user", None)
    event = _masked(event)
    if request:
        event["request"] = {"method": request.get("method"), "url": logs.mask(request.get("url", "").partition("?")[0])}
    if logs.request_id():
        event.setdefault("tags", {})["request"] = logs.request_id()
    return event


def _masked(value):
    if isinstance(value, str):
        return logs.mask(value)
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item) for item in value]
    return value
