"""“Tell me when this changes”: the form, the confirmation, one's own list, and the way out."""

import uuid
from functools import wraps

from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dscp_cms import limits, suppression
from dscp_cms.models import Suppression
from dscp_cms.visibility import keep_private
from resources import watch_links, watching
from resources.models import Watch
from resources.watch_forms import WatchForm

FROM_ONE_NETWORK = 300  # an hour: a council, a trust or a school may be one network
FOR_ONE_ADDRESS = 12  # an hour


def _page(request, name: str, context: dict | None = None, status: int = 200):
    return render(request, f"resources/watching/{name}.html", {"noindex": True, **(context or {})}, status=status)


@sensitive_post_parameters()
def ask(request, page):
    """The form, on a page of its own below what is watched. The answer is the same for every address."""
    if not watching.may_be_watched(page):
        return keep_private(_page(request, "not_here", {"page": page}))
    form = WatchForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "page": page, "noindex": True}
    if request.method == "POST" and form.is_valid():
        refusal = _too_many(request, form.cleaned_data["email"])
        if refusal:
            return _page(request, "ask", {**context, "refusal": refusal}, status=429)
        watching.ask(form.cleaned_data["email"], page)
        return redirect("watch_sent")
    return _page(request, "ask", context)


def _too_many(request, email: str) -> str:
    if not limits.within("change notice", limits.client_network(request), most=FROM_ONE_NETWORK):
        return "Very many requests came from your network in the last hour. Try again in an hour."
    if not limits.within("change notice", suppression.digest(email), most=FOR_ONE_ADDRESS):
        return "This address was typed here many times in the last hour. Look for our e-mail, or try again in an hour."
    return ""


@require_http_methods(["GET", "HEAD"])
def sent(request):
    """What happens next, whoever asked."""
    return _page(request, "sent")


def _for_address(purpose: str):
    """Give the view the key in the link; a link that isn't ours gets a page that says so."""

    def decorate(view):
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def inner(request, token: str):
            try:
                key = watch_links.key_in(purpose, token)
            except watch_links.BadLinkError:
                return _page(request, "bad_link", status=404)
            return view(request, key)

        return inner

    return decorate


def _wishes(key: uuid.UUID):
    return Watch.objects.filter(key=key).select_related("page").order_by("page__title")


@_for_address("confirm")
def confirm(request, key: uuid.UUID):
    """A button; pressing it takes up every wish of the address that waits."""
    wishes = list(_wishes(key))
    waiting = [wish for wish in wishes if not wish.confirmed_at]
    if not wishes:
        return _page(request, "stopped")
    if not waiting:
        return redirect("watch_mine", watch_links.token("mine", key))
    stopped = suppression.suppression_of(waiting[0].email)
    complaint = stopped is not None and stopped.reason == Suppression.Reason.COMPLAINT
    context = {"waiting": waiting, "email": waiting[0].email, "complaint": complaint}
    if request.method == "POST":
        if watching.confirm(key, complaint_too=bool(request.POST.get("despite_complaint"))):
            return redirect("watch_mine", watch_links.token("mine", key))
        context["problem"] = "Tick the box if you want our e-mails again."
    return _page(request, "confirm", context)


@_for_address("mine")
def mine(request, key: uuid.UUID):
    """What an address is told about, each with a button to end it. This is all that is held."""
    if request.method == "POST":
        asked = request.POST.get("stop", "")
        if asked == "all":
            watching.stop(key)
        elif asked.isascii() and asked.isdigit() and len(asked) < 12:
            watching.stop(key, int(asked))
        return redirect(request.path)
    wishes = list(_wishes(key).confirmed())
    if not wishes:
        return _page(request, "stopped")
    return _page(request, "mine", {"wishes": wishes, "email": wishes[0].email})


@csrf_exempt  # mail programs post here without cookies (RFC 8058, section 3.1); the token is the right to do it
@_for_address("stop")
def stop(request, key: uuid.UUID):
    """End all. A GET only shows a button; a mail program's one-click POST and the button's do it, at once."""
    wishes = list(_wishes(key))
    if request.method == "POST":
        if request.POST.get("List-Unsubscribe") == "One-Click" or request.POST.get("stop") == "all":
            watching.stop(key)
            return _page(request, "stopped")
        return _page(request, "stop", {"wishes": wishes}, status=400)
    return _page(request, "stop" if wishes else "stopped", {"wishes": wishes})
