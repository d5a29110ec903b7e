"""What stands on every page: names, numbers to call, and the alert banner."""

import re
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, PublishingPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import RichTextField
from wagtail.models import DraftStateMixin, PreviewableMixin, RevisionMixin

from dscp_cms.fields import StreamField

uk_telephone = RegexValidator(
    r"^(\+44|0|1|9)[\d ()]{2,16}$", "Enter a UK telephone number such as 0808 800 5000 or 999, digits and spaces only."
)


def _plain(text: str) -> str:
    """Words only, in small letters: “don't” is read as “dont”, as it is typed in haste."""
    return re.sub(r"\W+", " ", re.sub(r"['’‘]", "", text.lower())).strip()


class SocialLinkBlock(blocks.StructBlock):
    """A link to one of the partnership's accounts elsewhere."""

    title = blocks.CharBlock(max_length=60, help_text="What readers see, such as “Facebook”.")
    url = blocks.URLBlock(help_text="The full address, starting with https://")

    class Meta:
        icon = "link"
        label = "Social media link"
        description = "A link in the footer to one of the partnership's accounts elsewhere"
        preview_value = {"title": "Facebook", "url": "https://example.org/"}


# What a site begins with; a child's own words, and how they are typed in haste. Editors change the list.
WORDS_OF_HARM = """\
hit me
hits me
hitting me
hurt me
hurts me
hurting me
hurt myself
hurting myself
cut myself
cutting myself
kill myself
kill me
want to die
wanna die
dont want to live
self harm
selfharm
suicide
suicidal
abuse
abused
scared to go home
scared of my dad
scared of my mum
afraid of my dad
afraid of my mum
dont feel safe
not safe at home
touched me
touches me
touching me
made me touch
rape
raped
nudes
sent my pictures
make me send pictures
being groomed
threatened me
threatening me
locked me in
no food at home
beat me
beats me
beaten
shouts at me
run away
ran away
help me
in danger
unsafe"""


@register_setting(icon="home", order=10)
class SiteSettings(BaseSiteSetting):
    """The facts that every page shares. A number that isn't known stays empty and is not shown."""

    partnership_name = models.CharField(
        max_length=120,
        default="Durham Safeguarding Children Partnership",
        help_text="The full name, shown in the header, the footer and e-mails.",
    )
    short_name = models.CharField(
        max_length=20, default="DSCP", help_text="The abbreviation, used where space is short."
    )
    strapline = models.CharField(
        max_length=120, blank=True, default="Keeping children safe", help_text="A few words under the name."
    )
    address = models.TextField(max_length=300, blank=True, help_text="The office's postal address, one line each.")
    telephone = models.CharField(
        max_length=20,
        blank=True,
        validators=[uk_telephone],
        help_text="The office. Never shown as a way to report a concern about a child.",
    )
    email = models.EmailField(
        blank=True, help_text="The office. Never shown as a way to report a concern about a child."
    )
    training_email = models.EmailField(blank=True, help_text="For questions about training.")
    website = models.CharField(max_length=100, blank=True, help_text="The site's name as people write it.")

    referral_name = models.CharField(
        max_length=80, blank=True, help_text="The local team that takes concerns about a child, as people know it."
    )
    referral_telephone = models.CharField(
        max_length=20,
        blank=True,
        validators=[uk_telephone],
        help_text="The local number for a concern about a child. Ring it yourself before you save it here.",
    )
    referral_hours = models.CharField(
        max_length=120, blank=True, help_text="When it is answered, and what to do outside those hours."
    )
    emergency_telephone = models.CharField(
        max_length=20, default="999", validators=[uk_telephone], help_text="Emergency services."
    )
    childline_telephone = models.CharField(
        max_length=20, default="0800 1111", validators=[uk_telephone], help_text="Childline, for children."
    )
    nspcc_telephone = models.CharField(
        max_length=20,
        default="0808 800 5000",
        validators=[uk_telephone],
        help_text="The NSPCC helpline, for adults worried about a child.",
    )
    helplines_checked_on = models.DateField(
        null=True, blank=True, help_text="The day somebody last rang the numbers above to check them."
    )
    social_links = StreamField([("link", SocialLinkBlock())], blank=True, help_text="Shown in the footer.")
    footer_text = models.TextField(
        max_length=400, blank=True, help_text="A sentence or two for the foot of every page."
    )
    words_of_harm = models.TextField(
        blank=True,
        default=WORDS_OF_HARM,
        help_text="One word or phrase a line, as a child would say it. Whoever searches for one is shown who to "
        "call, and a contact message with one is marked urgent for staff.",
    )
    contact_limit_an_hour = models.PositiveSmallIntegerField(
        default=200,
        help_text="How many contact messages one network may send in an hour. A whole council can be one network.",
    )

    panels = [
        MultiFieldPanel(
            [FieldPanel("partnership_name"), FieldPanel("short_name"), FieldPanel("strapline"), FieldPanel("website")],
            heading="The partnership",
        ),
        MultiFieldPanel(
            [
                FieldPanel("referral_name"),
                FieldPanel("referral_telephone"),
                FieldPanel("referral_hours"),
                FieldRowPanel([FieldPanel("emergency_telephone"), FieldPanel("childline_telephone")]),
                FieldRowPanel([FieldPanel("nspcc_telephone"), FieldPanel("helplines_checked_on")]),
            ],
            heading="Worried about a child: who to call",
        ),
        MultiFieldPanel(
            [FieldPanel("address"), FieldPanel("telephone"), FieldPanel("email"), FieldPanel("training_email")],
            heading="The office",
        ),
        MultiFieldPanel([FieldPanel("social_links"), FieldPanel("footer_text")], heading="Foot of every page"),
        MultiFieldPanel(
            [FieldPanel("words_of_harm"), FieldPanel("contact_limit_an_hour")], heading="Search and the contact form"
        ),
    ]

    class Meta:
        verbose_name = "site settings"

    def mentions_harm(self, text: str) -> bool:
        """Whether the text has one of the words of harm, whatever its case and spacing."""
        plain = _plain(text)
        words = (_plain(line) for line in self.words_of_harm.splitlines())
        return any(word and re.search(rf"\b{re.escape(word)}\b", plain) for word in words)


class SiteAlert(PreviewableMixin, DraftStateMixin, RevisionMixin, models.Model):
    """A banner across the top of every page, drafted, scheduled and ended like a page."""

    class Level(models.TextChoices):
        INFORMATION = "information", "Information"
        WARNING = "warning", "Warning"
        URGENT = "urgent", "Urgent: a child's safety"

    level = models.CharField(
        max_length=20, choices=Level.choices, default=Level.INFORMATION, help_text="How strongly it stands out."
    )
    title = models.CharField(max_length=100, help_text="What has happened, in a few words.")
    text = RichTextField(
        features=["bold", "link"], max_length=500, blank=True, help_text="What readers should do, in a sentence or two."
    )
    link_page = models.ForeignKey(
        "wagtailcore.Page",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="page with more",
        help_text="A page of this site that says more.",
    )
    link_text = models.CharField(
        max_length=60, blank=True, help_text="The words of the link, such as “Which schools are shut”."
    )

    panels = [
        FieldPanel("level"),
        FieldPanel("title"),
        FieldPanel("text"),
        FieldPanel("link_page"),
        FieldPanel("link_text"),
        PublishingPanel(),
    ]

    class Meta:
        ordering = ["-pk"]
        verbose_name = "alert banner"

    def __str__(self):
        return self.title

    def clean(self):
        """A link needs its words."""
        super().clean()
        if self.link_page and not self.link_text:
            raise ValidationError({"link_text": "Write the words of the link, since you chose a page."})

    @property
    def is_showing(self) -> bool:
        """Whether it is published, and neither before its start nor after its end."""
        now = timezone.now()
        return self.live and (self.go_live_at or now) <= now < (self.expire_at or datetime.max.replace(tzinfo=UTC))

    @property
    def link_url(self) -> str:
        """Where the banner's link goes, or an empty string."""
        return self.link_page.url or "" if self.link_page else ""

    def get_preview_template(self, request, mode_name):
        return "components/alert_preview.html"
