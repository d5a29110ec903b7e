"""The facilitator's page: the register of one day, by link and without an account, made for a phone."""

from django.http import HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from training import register_links
from training.attendance import closed_because, on_register, save_register
from training.models import Attendance
from training.people import Refused
from training.register_forms import RegisterForm, WalkInFormSet, agency_names
from training.token_pages import page


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def register(request, catalogue, token: str):
    """Show who is expected, names and agencies only, and take what is ticked. A GET changes nothing."""
    try:
        link = register_links.read(token)
    except register_links.BadLinkError:
        return _ended(request, catalogue, 404)
    if link.is_dead:
        return _ended(request, catalogue, 410)
    refusal = closed_because(link.day)
    if refusal:
        title = f"Register: {link.day.session.course.title}"
        return _page(request, catalogue, "closed", title, 409 if request.method == "POST" else 200, day=link.day,
                     refusal=refusal)  # fmt: skip
    people = on_register(link.day)
    form = RegisterForm(people, request.POST if request.method == "POST" else None)
    walk_ins = WalkInFormSet(request.POST if request.method == "POST" else None, prefix="new")
    if request.method == "POST" and all([form.is_valid(), walk_ins.is_valid()]):
        answer = _save(request, link, form, walk_ins)
        if answer:
            return answer
    return _show(request, catalogue, link, form, walk_ins)


def _save(request, link, form, walk_ins):
    """Save and come back, or leave what is wrong with the form."""
    try:
        saved = save_register(link.day_id, form.changes(), walk_ins.people(), source=Attendance.Source.LINK)
    except Refused as refused:
        if refused.row is None:
            form.add_error(None, str(refused))
        else:
            typed = [each for each in walk_ins.forms if each.person()]
            typed[refused.row].add_error(refused.field or None, str(refused))
        return None
    return HttpResponseRedirect(f"{request.path}?saved={saved.changed}&left={len(saved.left_out)}")


def _show(request, catalogue, link, form, walk_ins):
    wrong = bool(form.errors or walk_ins.total_error_count())
    return _page(
        request,
        catalogue,
        "register",
        f"Register: {link.day.session.course.title}",
        400 if wrong else 200,
        wrong=wrong,
        day=link.day,
        link=link,
        register=form,
        walk_ins=walk_ins,
        agencies=agency_names(),
        saved=_number(request, "saved"),
        left_out=_number(request, "left"),
    )


def _number(request, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None


def _ended(request, catalogue, status: int):
    return _page(request, catalogue, "ended", "This link has ended", status)


def _page(request, catalogue, template: str, title: str, status: int, **context):
    return page(request, catalogue, f"register/{template}", title, status=status, trail=(), **context)
