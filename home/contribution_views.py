"""The public pages on which agencies send something in."""

from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from dscp_cms import limits
from dscp_cms.models import SiteSettings
from home import contributions
from home.contribution_forms import ContributionForm

TOO_MANY = "It was not sent, because very much came from your network in the last hour. Try again later."


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def contribute(request):
    """The form; what is wrong is said, and what was typed is kept."""
    if request.method != "POST":
        return _form(request, ContributionForm())
    form = ContributionForm(request.POST, request.FILES)
    most = SiteSettings.for_request(request).contact_limit_an_hour
    if not limits.within("contribute", limits.client_network(request), most=most):
        form = ContributionForm(initial=request.POST.dict())
        return _form(request, form, status=429, refusal=TOO_MANY)
    if not form.is_valid():
        return _form(request, form)
    contributions.receive(form.cleaned_data)
    return redirect("contribute_thanks")


def _form(request, form: ContributionForm, status: int = 200, refusal: str = ""):
    context = {"form": form, "refusal": refusal, "closed": not form.fields["kind"].choices}
    return render(request, "home/contribute.html", context, status=status)


@require_safe
def thanks(request):
    """What happens next."""
    return render(request, "home/contribute_thanks.html", {"noindex": True})
