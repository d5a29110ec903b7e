"""What staff do to charges and rules: confirm, invoice, waive, dispute, reverse, propose again; end a rule; export."""

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from dscp_cms import audit
from training import charges, finance_export
from training.charge_forms import EndForm, ExportForm, NoteForm, TickedForm
from training.charge_rules import pounds
from training.models import Charge, ChargeRule
from training.people import Refused
from training.screens import JobScreen


def charge_address(charge: Charge) -> str:
    """The page of a charge in the admin."""
    return reverse("training_charge_modeladmin_inspect", args=[charge.pk])


class ChargeScreen(JobScreen):
    """A screen about one charge."""

    right = "training.change_charge"
    header_icon = "doc-full-inverse"
    section = ("Charges", "training_charge_modeladmin_index")

    def find(self, pk: int) -> None:
        self.charge = get_object_or_404(Charge.objects.select_related("booking"), pk=pk)

    def about(self) -> str:
        return f"{self.charge.line}: {pounds(self.charge.amount)}, {self.charge.agency_name}"

    def back(self) -> str:
        return charge_address(self.charge)

    def get_breadcrumbs_items(self):
        name, address = self.section
        items = super().get_breadcrumbs_items()
        return [*items[:-3], {"url": reverse(address), "label": name}, *items[-2:]]


class Confirm(ChargeScreen):
    """Let it stand."""

    page_title = "Confirm this charge"
    submit = "Confirm it"
    lead = "Finance gets the line with the next export. Nobody is written to."

    def job(self, form):
        charges.confirm(self.charge.pk, self.request.user)
        return f"{self.charge.line} is confirmed."


class MarkInvoiced(ChargeScreen):
    """Finance has sent the invoice."""

    page_title = "Mark as invoiced"
    submit = "It is invoiced"
    lead = "For when finance has sent the invoice, or the credit note of a reversal."

    def job(self, form):
        charges.mark_invoiced(self.charge.pk, self.request.user)
        return f"{self.charge.line} is marked as invoiced."


class Waive(ChargeScreen):
    """Charge nothing."""

    page_title = "Waive this charge"
    form_class, submit, serious = NoteForm, "Waive it", True
    lead = "Nothing is charged. The line stays in the list, with your reason."

    def job(self, form):
        charges.waive(self.charge.pk, self.request.user, note=form.cleaned_data["note"])
        return f"{self.charge.line} is waived."


class Dispute(ChargeScreen):
    """The agency doesn't agree."""

    page_title = "Mark as disputed"
    form_class, submit = NoteForm, "It is disputed"
    lead = "The charge rests. Afterwards confirm it, or waive or reverse it."

    def job(self, form):
        charges.dispute(self.charge.pk, self.request.user, note=form.cleaned_data["note"])
        return f"{self.charge.line} is marked as disputed."


class Reverse(ChargeScreen):
    """Take it back by a line of its own."""

    page_title = "Reverse this charge"
    form_class, submit, serious = NoteForm, "Reverse it", True
    lead = "Finance gets a new line with the negative amount. A charge is never edited, and reversed only once."

    def job(self, form):
        line = charges.reverse(self.charge.pk, self.request.user, note=form.cleaned_data["note"])
        return f"{self.charge.line} is reversed by {line.line}."


class ProposeAgain(ChargeScreen):
    """What was waived or reversed by mistake."""

    page_title = "Propose again"
    submit = "Propose it again"
    lead = "A waived charge is proposed as it was. A reversed one gets a new line, by the rule that fits now."

    def job(self, form):
        self.charge = charges.propose_again(self.charge.pk, self.request.user)
        return f"{self.charge.line} is proposed."


class AboutMany(ChargeScreen):
    """A screen about more than one charge."""

    def find(self) -> None:
        """Nothing: the form finds them."""

    def about(self) -> str:
        return "Charges"

    def back(self) -> str:
        return reverse("training_charge_modeladmin_index")

    def get_breadcrumbs_items(self):
        items = super().get_breadcrumbs_items()
        return [*items[:-2], items[-1]]


class Many(AboutMany):
    """The same to all that are ticked."""

    form_class = TickedForm
    status = Charge.Status.PROPOSED

    def get_form_kwargs(self):
        waiting = Charge.objects.filter(status=self.status)
        unseen = waiting.filter(rule__changed_at__gt=F("booking__created_at")).values_list("pk", flat=True)
        return {**super().get_form_kwargs(), "waiting": waiting, "unseen": set(unseen)}

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context if context["form"].fields["charges"].queryset.exists() else {**context, "lead": self.none}

    def job(self, form):
        done, problems = 0, []
        for charge in form.cleaned_data["charges"]:
            try:
                self.one(charge)
            except Refused as refused:
                problems.append(f"{charge.line}: {refused}")
            else:
                done += 1
        if problems:
            messages.warning(self.request, " ".join(problems))
        return f"{done} {'charges are' if done != 1 else 'charge is'} {self.done}."


class ConfirmMany(Many):
    """Proposed ones. Those whose rule is newer than the booking aren't ticked beforehand."""

    page_title = "Confirm proposed charges"
    submit, done = "Confirm those ticked", "confirmed"
    lead = "Take out the tick where nothing should be charged yet. Finance gets the others with the next export."
    none = "Nothing is proposed just now."

    def one(self, charge: Charge) -> None:
        charges.confirm(charge.pk, self.request.user)


class InvoiceMany(Many):
    """Confirmed ones."""

    page_title = "Mark charges as invoiced"
    submit, done = "Those ticked are invoiced", "marked as invoiced"
    lead = "For when finance has sent the invoices."
    none = "Nothing is confirmed and waits for its invoice."
    status = Charge.Status.CONFIRMED

    def one(self, charge: Charge) -> None:
        charges.mark_invoiced(charge.pk, self.request.user)


class Export(AboutMany):
    """The spreadsheet for finance. It takes a POST, since it writes on each line that finance was given it."""

    right = "training.export_charge"
    page_title = "Export for finance"
    template_name = "training/admin/charge_export.html"
    form_class, submit = ExportForm, "Make the spreadsheet"
    lead = (
        "One sheet has the lines that finance doesn’t have yet, another those that it has. "
        "Lines are marked as given with the download."
    )

    def form_valid(self, form):
        agency, month = form.cleaned_data["agency"], form.cleaned_data["month"]
        try:
            made = finance_export.export(self.request.user, agency, month)
        except Refused as refused:
            form.add_error(None, str(refused))
            return self.form_invalid(form)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        audit.exported(self.request, f"Charges for finance: {made.new} new, {made.had} that it had")
        response = HttpResponse(made.content, content_type=kind)
        name = finance_export.file_name(agency, month)
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


class EndRule(ChargeScreen):
    """Give a rule a last day."""

    right = "training.change_chargerule"
    page_title = "End this rule"
    form_class, submit = EndForm, "End it"
    lead = "Charges that were made by it stay. To change an amount, end this rule and add another from the next day."
    section = ("Charging rules", "training_chargerule_modeladmin_index")

    def find(self, pk: int) -> None:
        self.rule = get_object_or_404(ChargeRule, pk=pk)

    def about(self) -> str:
        return str(self.rule)

    def back(self) -> str:
        return reverse("training_chargerule_modeladmin_inspect", args=[self.rule.pk])

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "rule": self.rule}

    def get_initial(self):
        return {"valid_until": self.rule.valid_until}

    def job(self, form):
        day = form.cleaned_data["valid_until"]
        ChargeRule.objects.filter(pk=self.rule.pk).update(valid_until=day)  # its amount stays as it was shown
        return f"The rule ends on {day:%d/%m/%Y}."


ABOUT_ONE = {
    "confirm": Confirm,
    "invoiced": MarkInvoiced,
    "waive": Waive,
    "dispute": Dispute,
    "reverse": Reverse,
    "again": ProposeAgain,
}
ABOUT_MANY = {"confirm": ConfirmMany, "invoiced": InvoiceMany, "export": Export}
