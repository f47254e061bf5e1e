"""The public column of a community or compound."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lianxin.history.models import Chained
from lianxin.places.models import Community, Compound


class Post(Chained):
    """A notice on the public column (公开栏), of the city when it names no community."""

    class Category(models.TextChoices):
        NOTICE = "notice", _("Notice")
        POLICY = "policy", _("Policy")
        FEES = "fees", _("Fee standards")
        FUNDS = "funds", _("Funds")
        DUTY = "duty", _("Duty staff")
        RESULTS = "results", _("Results")

    code = models.SlugField(max_length=40, unique=True)
    community = models.ForeignKey(Community, on_delete=models.PROTECT, null=True, blank=True, related_name="posts")
    compound = models.ForeignKey(Compound, on_delete=models.PROTECT, null=True, blank=True, related_name="posts")
    category = models.CharField(_("category"), max_length=8, choices=Category.choices)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    body = models.TextField(_("text"), max_length=8000)
    published_on = models.DateField(_("published on"))
    taken_down_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["community", "-published_on", "-id"], name="board_post_place"),
            models.Index(fields=["-published_on", "-id"], name="board_post_recent"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def label(self) -> str:
        """The title in the reader's language; Chinese where there is none."""
        return self.title_en if (get_language() or "").startswith("en") and self.title_en else self.title

    @property
    def chain_key(self) -> str:
        return f"post:{self.code}"
