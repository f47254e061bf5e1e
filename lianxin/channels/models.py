"""By which ways notices leave the house, what each person chose, and what went out."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.models import Scope, User
from lianxin.core.fields import EncryptedTextField
from lianxin.history.models import Chained
from lianxin.notifications.models import Notice


class ChannelKind(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")
    WECOM = "wecom", _("WeCom group")
    DINGTALK = "dingtalk", _("DingTalk group")
    FEISHU = "feishu", _("Feishu or Lark group")


PERSONAL = (ChannelKind.EMAIL, ChannelKind.SMS)
GROUPS = (ChannelKind.WECOM, ChannelKind.DINGTALK, ChannelKind.FEISHU)


class Channel(Chained):
    """A way out (消息渠道): the city's mail server or SMS gateway, or the group chat of a place or an organisation.

    `address` holds the secret, encrypted, as apprise writes it. `recent`: when it was last used, as ISO times, for as
    many times as the service allows in a minute. One that was removed keeps its row for its history, without an
    address; set up again, it goes on from there.
    """

    kind = models.CharField(max_length=10, choices=ChannelKind.choices)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, null=True, related_name="+")
    address = EncryptedTextField()
    language = models.CharField(max_length=10, blank=True)
    active = models.BooleanField(default=True)
    recent = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(scope=None), name="channels_channel_of_the_city"),
            models.UniqueConstraint(fields=["scope", "kind"], name="channels_channel_of_a_group"),
            models.CheckConstraint(
                condition=Q(scope=None, kind__in=[k.value for k in PERSONAL])
                | Q(scope__isnull=False, kind__in=[k.value for k in GROUPS]),
                name="channels_channel_whose",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(active=False), name="channels_channel_removed_is_off"
            ),
        ]

    def __str__(self) -> str:
        return self.chain_key

    @property
    def chain_key(self) -> str:
        return f"channel:{self.kind}:{self.scope_id or 0}"

    @property
    def is_personal(self) -> bool:
        """It reaches one person at a time, not a group."""
        return self.scope_id is None


class Choice(models.Model):
    """What a person wants to get outside (个人选择). Without a row: e-mail, where there is an address.

    `phone`: another number for text messages than the account's work telephone; empty: that one.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="choice")
    by_email = models.BooleanField(default=True)
    by_sms = models.BooleanField(default=False)
    phone = EncryptedTextField(blank=True)
    digest = models.BooleanField(default=True)
    emergencies = models.BooleanField(default=True)

    def __str__(self) -> str:
        return str(self.pk)


class State(models.TextChoices):
    WAITING = "waiting", _("waiting")
    TAKEN = "taken", _("being sent")
    SENT = "sent", _("sent")
    NOT_NEEDED = "not_needed", _("not needed any more")
    FAILED = "failed", _("failed")
    UNCLEAR = "unclear", _("unclear: the worker ended while sending")


class Delivery(models.Model):
    """One message to one reader by one channel (外发记录): an emergency, a day's digest, or a test.

    `once` names notice or day, reader and channel; there is never a second row for the same. `taken_by` is new for
    each attempt.
    """

    once = models.CharField(max_length=80, unique=True)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="deliveries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, null=True, related_name="+")
    digest_on = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    losses = models.PositiveSmallIntegerField(default=0)
    taken_by = models.CharField(max_length=16, blank=True)
    taken_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=60, blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="taken", taken_until__isnull=False) | (~Q(state="taken") & Q(taken_until=None)),
                name="channels_delivery_taken",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="channels_delivery_sent",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at", "id"], name="channels_delivery_due")]

    def __str__(self) -> str:
        return self.once

    @property
    def is_urgent(self) -> bool:
        """It waits for no quiet hour: an emergency or a test."""
        return self.digest_on is None

    @property
    def is_test(self) -> bool:
        """Somebody wanted to see whether the channel works."""
        return self.digest_on is None and self.notice_id is None
