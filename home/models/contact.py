"""The contact page and the messages sent from it."""

from django import forms
from django.db import models
from django.template.response import TemplateResponse
from django.utils import timezone
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.contrib.forms.forms import FormBuilder, WagtailAdminFormPageForm
from wagtail.contrib.forms.models import AbstractFormField, AbstractFormSubmission, FormMixin
from wagtail.fields import RichTextField
from wagtail.search import index

from dscp_cms.blocks import TEXT_FEATURES, StoryBlock
from dscp_cms.fields import StreamField
from dscp_cms.pages import BasePage, BasePageForm
from home import contact


class ContactFormField(AbstractFormField):
    """A question of the contact form."""

    page = ParentalKey("home.ContactPage", on_delete=models.CASCADE, related_name="form_fields")


class ContactMessageQuerySet(models.QuerySet):
    """Queries over messages."""

    def waiting(self):
        """Messages that nobody has dealt with, urgent ones first."""
        return self.filter(handled_at=None).order_by("-urgent", "submit_time")


class ContactMessage(AbstractFormSubmission):
    """A message from the contact page. It outlives changes to the page."""

    wagtail_reference_index_ignore = True

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.PROTECT, related_name="contact_messages")
    urgent = models.BooleanField(default=False, help_text="It has words of harm; somebody should read it at once.")
    handled_at = models.DateTimeField(null=True, blank=True)

    objects = ContactMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-submit_time"]
        verbose_name = "contact message"
        permissions = [("export_contactmessage", "Can export contact messages")]

    def __str__(self):
        return f"Message of {timezone.localtime(self.submit_time):%d/%m/%Y %H:%M}"


class CalmFormBuilder(FormBuilder):
    """Adds limits and autofill names that the form builder's own fields lack."""

    def get_create_field_function(self, type):
        create = super().get_create_field_function(type)

        def create_limited(field, options):
            form_field = create(field, options)
            if isinstance(form_field, forms.CharField) and not form_field.max_length:
                form_field.max_length = 5000 if isinstance(form_field.widget, forms.Textarea) else 250
                form_field.widget.attrs["maxlength"] = form_field.max_length
                form_field.validators.append(forms.fields.validators.MaxLengthValidator(form_field.max_length))
            if isinstance(form_field, forms.EmailField):
                form_field.widget.attrs["autocomplete"] = "email"
                form_field.error_messages["invalid"] = "Enter an e-mail address like name@example.org."
            form_field.error_messages["required"] = f"Fill in “{form_field.label}”."
            return form_field

        return create_limited


class ContactPageForm(BasePageForm, WagtailAdminFormPageForm):
    """The checks of every page, and Wagtail's own of the questions."""


class ContactPage(FormMixin, BasePage):
    """How to write to the partnership. It begins by saying what it is not for."""

    kind_label = "Contact"
    max_count = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = []
    form_builder = CalmFormBuilder
    base_form_class = ContactPageForm
    exit_this_page = False
    unprinted_fields = ("thank_you",)

    body = StreamField(StoryBlock(), blank=True, help_text="Anything to say above the form.")
    read_when = models.CharField(
        max_length=200,
        default="Messages are read on working days in office hours.",
        help_text="When somebody reads what is sent here.",
    )
    thank_you = RichTextField(
        features=TEXT_FEATURES, blank=True, help_text="Shown after a message was sent, below the emergency number."
    )
    notify = models.EmailField(
        blank=True, help_text="Who is told by e-mail that a message has come. The message itself isn't in it."
    )

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("body"),
        FieldPanel("read_when"),
        InlinePanel("form_fields", label="question", heading="Questions"),
        FieldPanel("thank_you"),
        FieldPanel("notify"),
    ]
    search_fields = [*BasePage.search_fields, index.SearchField("body")]

    class Meta:
        verbose_name = "contact page"

    landing_page_template = "home/contact_page_thanks.html"

    def get_landing_page_template(self, request, *args, **kwargs):
        return self.landing_page_template

    def get_submission_class(self):
        return ContactMessage

    def get_form_fields(self):
        return self.form_fields.all()

    def process_form_submission(self, form):
        """Keep the message and tell staff; nothing goes back to the sender."""
        return contact.receive(self, form.cleaned_data)

    def get_form(self, *args, **kwargs):
        form = super().get_form(*args, **kwargs)
        form.fields[contact.TRAP] = forms.CharField(required=False, label="Leave this empty", max_length=200)
        form.label_suffix = ""
        return form

    def serve(self, request, *args, **kwargs):
        """Show the form, or take a message. What is refused says so and keeps what was typed."""
        if request.method != "POST":
            return super().serve(request, *args, **kwargs)
        form = self.get_form(request.POST, request.FILES, page=self, user=request.user)
        refusal = contact.refusal(self, request, form)
        if refusal or not form.is_valid():
            context = {**self.get_context(request), "form": form, "refusal": refusal}
            status = 429 if refusal else 200
            return TemplateResponse(request, self.get_template(request), context, status=status)
        submission = self.process_form_submission(form)
        return self.render_landing_page(request, submission, *args, **kwargs)
