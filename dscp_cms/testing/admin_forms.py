"""Reads a form of the admin as a browser would, so that a test posts what the screen holds."""

from bs4 import BeautifulSoup
from django.test import Client
from wagtail.fields import StreamField


def form_data(client: Client, address: str, model=None) -> dict:
    """What the form on this screen would send if nobody touched it; without its buttons.

    Streams are drawn by scripts, so those of ``model`` are sent empty; ``streamfield`` of
    ``wagtail.test.utils.form_data`` makes what fills them.
    """
    response = client.get(address)
    assert response.status_code == 200, f"{address} answers {response.status_code}"
    screen = BeautifulSoup(response.content, "html.parser")
    form = screen.select_one("form[data-edit-form]") or screen.select_one("main form[method=post i]")
    streams = [field.name for field in model._meta.get_fields() if isinstance(field, StreamField)] if model else []
    data: dict = {f"{name}-count": "0" for name in streams}
    for field in form.select("input[name], textarea[name], select[name]"):
        for value in _values(field):
            data.setdefault(field["name"], []).append(value)
    return data


def _values(field) -> list[str]:
    if field.has_attr("disabled"):
        return []
    if field.name == "textarea":
        return [field.get_text()]
    if field.name == "select":
        return [option.get("value", option.get_text()) for option in field.select("option[selected]")]
    if field.get("type") in {"submit", "button", "file"}:
        return []
    if field.get("type") in {"checkbox", "radio"} and not field.has_attr("checked"):
        return []
    return [field.get("value", "on" if field.get("type") in {"checkbox", "radio"} else "")]
