"""Signing up, confirming, and a subscriber's own pages."""

from datetime import datetime

from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dscp_cms import limits, suppression
from dscp_cms.models import Suppression
from news import consent_wording, form_requests, subscriber_records, subscribers, tokens
from news.forms import AddressForm, ChoicesForm, NewAddressForm, SubscribeForm
from news.models import Delivery, FormRequest, MailingList, Subscriber
from news.subscriber_records import OWN_PAGE
from news.subscribers import Answer

UNTICKED_COMPLAINT = "Tick the box if you want our e-mails again."


def _page(request, name: str, context: dict | None = None, status: int = 200):
    return render(request, f"news/subscriptions/{name}.html", {"noindex": True, **(context or {})}, status=status)


def _typed(request):
    """What a form was sent with, also if that is nothing at all; None where it is only shown."""
    return request.POST if request.method == "POST" else None


def _bad_link(request):
    return _page(request, "bad_link", status=404)


def _subscriber(purpose: tokens.Purpose, token: str) -> Subscriber | None:
    """Whom a link is for; None for a link that isn't ours and for somebody who was erased."""
    try:
        return Subscriber.objects.filter(key=tokens.read(purpose, token)).first()
    except tokens.BadTokenError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def subscribe(request):
    """The sign-up form. A POST only keeps what was typed: the same for every address."""
    first = MailingList.objects.filter(public=True, slug=request.GET.get("list") or "newsletter")
    form = SubscribeForm(_typed(request), initial={"lists": first})
    context = {"form": form, "wording": consent_wording.wording()}
    if request.method == "POST" and form.is_valid():
        purpose, typed = FormRequest.Purpose.SUBSCRIBE, form.cleaned_data
        refusal = form_requests.too_many(purpose, typed["email"], limits.client_network(request))
        if refusal:
            return _page(request, "subscribe", {**context, "refusal": refusal, "noindex": False}, status=429)
        asked = {
            "lists": [each.slug for each in typed["lists"]],
            "name": typed["name"],
            "agency": typed["agency"],
            "version": consent_wording.CURRENT,
        }
        form_requests.take(purpose, typed["email"], asked)
        return redirect("subscribe_sent")
    return _page(request, "subscribe", {**context, "noindex": False})


@require_http_methods(["GET", "HEAD"])
def subscribe_sent(request):
    """What happens next, whoever asked."""
    return _page(request, "sent")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request, token: str):
    """A button; pressing it confirms what was asked for."""
    subscriber = _subscriber(tokens.Purpose.CONFIRM, token)
    if subscriber is None:
        return _bad_link(request)
    stopped = suppression.suppression_of(subscriber.email)
    complaint = bool(subscriber.asked) and stopped is not None and stopped.reason == Suppression.Reason.COMPLAINT
    context = {"subscriber": subscriber, "complaint": complaint}
    if request.method == "POST":
        answer = subscribers.confirm(subscriber, complaint_too=bool(request.POST.get("despite_complaint")))
        if answer != Answer.COMPLAINT:
            subscriber.refresh_from_db()
            context |= {"used": answer == Answer.USED, "manage_url": tokens.manage_url(subscriber)}
            return _page(request, "confirmed", context)
        context["problem"] = UNTICKED_COMPLAINT
    elif not subscriber.asked:
        context |= {"used": subscriber.status != Subscriber.Status.SUBSCRIBED}
        context["manage_url"] = tokens.manage_url(subscriber)
        return _page(request, "confirmed", context)
    context["lists"] = MailingList.objects.filter(slug__in=subscriber.asked.get("lists", []))
    context["wording"] = consent_wording.wording(subscriber.asked.get("version", ""))
    return _page(request, "confirm", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def ask_for_link(request):
    """Ask for the link to one's own page; the same answer whether the address is known or not."""
    form = AddressForm(_typed(request))
    if request.method == "POST" and form.is_valid():
        purpose, email = FormRequest.Purpose.MANAGE, form.cleaned_data["email"]
        refusal = form_requests.too_many(purpose, email, limits.client_network(request))
        if refusal:
            return _page(request, "ask_for_link", {"form": form, "refusal": refusal}, status=429)
        form_requests.take(purpose, email)
        return redirect("subscription_link_sent")
    return _page(request, "ask_for_link", {"form": form})


@require_http_methods(["GET", "HEAD"])
def link_sent(request):
    """What happens next, whoever asked."""
    return _page(request, "link_sent")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def subscription(request, token: str):
    """A subscriber's own page: lists, name, agency, topics."""
    subscriber = _subscriber(tokens.Purpose.MANAGE, token)
    if subscriber is None:
        return _bad_link(request)
    initial = {
        "lists": subscriber.lists.all(),
        "name": subscriber.name,
        "agency": subscriber.agency.name if subscriber.agency else subscriber.agency_name,
        "topics": subscriber.topics.all(),
    }
    form = ChoicesForm(_typed(request), subscriber=subscriber, initial=initial)
    problem = ""
    if request.method == "POST" and form.is_valid():
        answer = subscribers.change_lists(
            subscriber,
            form.cleaned_data["lists"],
            source=OWN_PAGE,
            complaint_too=bool(request.POST.get("despite_complaint")),
        )
        if answer != Answer.COMPLAINT:
            subscribers.change_details(
                subscriber,
                name=form.cleaned_data["name"],
                agency=form.cleaned_data["agency"],
                topics=form.cleaned_data.get("topics", ()),
                source=OWN_PAGE,
            )
            return redirect("subscription_saved", token)
        problem = UNTICKED_COMPLAINT
    stopped = suppression.suppression_of(subscriber.email)
    context = {"subscriber": subscriber, "form": form, "token": token, "problem": problem, "stopped": stopped}
    context["leave_url"] = tokens.unsubscribe_url(subscriber)
    context["subscribed"] = subscriber.status == Subscriber.Status.SUBSCRIBED and not stopped
    context["complaint"] = stopped is not None and stopped.reason == Suppression.Reason.COMPLAINT
    return _page(request, "subscription", context)


@never_cache
@require_http_methods(["GET", "HEAD"])
def saved(request, token: str):
    """What the choices are now."""
    subscriber = _subscriber(tokens.Purpose.MANAGE, token)
    if subscriber is None:
        return _bad_link(request)
    return _page(request, "saved", {"subscriber": subscriber, "lists": subscriber.lists.all(), "token": token})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_address(request, token: str):
    """Give another address; the change is made by the link sent there."""
    subscriber = _subscriber(tokens.Purpose.MANAGE, token)
    if subscriber is None:
        return _bad_link(request)
    form, context = NewAddressForm(_typed(request)), {"subscriber": subscriber, "token": token}
    if request.method == "POST" and form.is_valid():
        network = limits.client_network(request)
        refusal = form_requests.too_many(FormRequest.Purpose.MANAGE, form.cleaned_data["email"], network)
        if refusal:
            return _page(request, "new_address", {**context, "form": form, "refusal": refusal}, status=429)
        subscriber_records.ask_to_change_address(subscriber, form.cleaned_data["email"])
        return _page(request, "new_address_sent", {**context, "email": form.cleaned_data["email"]})
    return _page(request, "new_address", {**context, "form": form})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request, token: str):
    """A button at the new address; pressing it makes the change."""
    try:
        subscriber = Subscriber.objects.filter(key=tokens.key_in(token)).first()
    except tokens.BadTokenError:
        subscriber = None
    waiting = subscriber and tokens.matches(tokens.Purpose.ADDRESS, token, subscriber.new_email)
    done = subscriber and tokens.matches(tokens.Purpose.ADDRESS, token, subscriber.email)
    if not (waiting or done):
        return _bad_link(request)
    context = {"new": subscriber.new_email or subscriber.email}
    if waiting and request.method == "POST":
        if subscriber_records.change_address(subscriber) == Answer.COMPLAINT:
            return _page(request, "address_complaint", context)
        done = True
    return _page(request, "address_changed" if done else "confirm_address", context)


@never_cache
@require_http_methods(["GET", "HEAD"])
def held(request, token: str):
    """What is held about a subscriber, on a page or as a file."""
    subscriber = _subscriber(tokens.Purpose.MANAGE, token)
    if subscriber is None:
        return _bad_link(request)
    data = subscriber_records.held_data(subscriber)
    if request.GET.get("as") == "json":
        response = JsonResponse(data, json_dumps_params={"indent": 2, "ensure_ascii": False})
        response["Content-Disposition"] = 'attachment; filename="what-is-held.json"'
        return response
    for each in (*data["consents"], *data["newsletters_sent"], *data["other_messages"]):
        for name in {"when", "given", "sent", "written"} & each.keys():
            each[name] = datetime.fromisoformat(each[name]) if each[name] else None
    return _page(request, "held", {"data": data, "token": token})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request, token: str):
    """A button; pressing it erases."""
    subscriber = _subscriber(tokens.Purpose.MANAGE, token)
    if subscriber is None:
        return _bad_link(request)
    if request.method == "POST":
        subscriber_records.erase(subscriber)
        return redirect("subscription_erased")
    return _page(request, "erase", {"subscriber": subscriber, "token": token})


@require_http_methods(["GET", "HEAD"])
def erased(request):
    """That it is done."""
    return _page(request, "erased")


@never_cache
@csrf_exempt  # mail programs post here without cookies (RFC 8058, section 3.1); the token is the right to do it
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request, token: str):
    """Leave. A GET only shows a button; a mail program's one-click POST and the button's do it, at once."""
    subscriber, delivery, known = _leaving(token)
    if not known:
        return _bad_link(request)
    if request.method == "POST":
        wanted = request.POST.get("List-Unsubscribe") == "One-Click" or request.POST.get("leave") == "yes"
        if not wanted:
            return _page(request, "unsubscribe", {"subscriber": subscriber}, status=400)
        if subscriber is not None:
            subscribers.leave(subscriber, source="unsubscribe link", delivery=delivery)
    gone = subscriber is None or request.method == "POST"
    context = {"subscriber": subscriber, "manage_url": tokens.manage_url(subscriber) if subscriber else ""}
    return _page(request, "unsubscribed" if gone else "unsubscribe", context)


def _leaving(token: str) -> tuple[Subscriber | None, Delivery | None, bool]:
    """Whom an unsubscribe link is for, the delivery it came with, and whether the link is ours."""
    try:
        key = tokens.read(tokens.Purpose.LEAVE_DELIVERY, token)
    except tokens.BadTokenError:
        pass
    else:
        delivery = Delivery.objects.select_related("subscriber").filter(key=key).first()
        return (delivery.subscriber if delivery else None), delivery, True
    try:
        key = tokens.read(tokens.Purpose.LEAVE, token)
    except tokens.BadTokenError:
        return None, None, False
    return Subscriber.objects.filter(key=key).first(), None, True
