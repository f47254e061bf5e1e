"""Who may act, for what, from when to when."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lianxin.core.fields import EncryptedTextField


class ScopeKind(models.TextChoices):
    CITY = "city", _("City")
    TOWN = "town", _("Town")
    COMMUNITY = "community", _("Community")
    GRID = "grid", _("Grid")
    COMPOUND = "compound", _("Compound")
    ORGANISATION = "organisation", _("Organisation")


class Scope(models.Model):
    """A thing that a person can act for (管辖范围); the tree of them all."""

    kind = models.CharField(max_length=12, choices=ScopeKind.choices)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    path = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    name_bo = models.CharField(max_length=160, blank=True)

    class Meta:
        indexes = [models.Index(fields=["parent", "kind"], name="accounts_scope_parent")]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The name in the reader's language; Chinese where there is none."""
        language = get_language() or ""
        if language.startswith("en") and self.name_en:
            return self.name_en
        if language.startswith("bo") and self.name_bo:
            return self.name_bo
        return self.name

    def chain(self) -> list[str]:
        """The paths of this scope and of everything above it, city first."""
        parts = self.path.rstrip("/").split("/")
        return ["/".join(parts[: i + 1]) + "/" for i in range(len(parts))]


def label_column(prefix: str = "") -> Any:
    """`Scope.label` as a column, for lists of many names; `prefix`: the way to the scope, as in "giver__scope__"."""
    own, language = f"{prefix}name", get_language() or ""
    for code in ("en", "bo"):
        if language.startswith(code):
            return Coalesce(NullIf(f"{own}_{code}", Value("")), own)
    return F(own)


class UserManager(BaseUserManager["User"]):
    """Makes users; there is no superuser: rights come from appointments alone."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A person who works with the system (用户); exists on invitation only."""

    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    phone = EncryptedTextField(blank=True, help_text=_("at work; for logging in"))
    phone_digest = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=10, blank=True)
    is_active = models.BooleanField(default=True)
    history_seq = models.PositiveIntegerField(default=0)
    history_head = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    objects = UserManager()

    class Meta:
        indexes = [models.Index(fields=["name", "id"], name="accounts_user_name")]
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="accounts_user_email_once"),
            models.UniqueConstraint(
                fields=["phone_digest"], condition=~Q(phone_digest=""), name="accounts_user_phone_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name

    @property
    def chain_key(self) -> str:
        """Names this user's chain in history."""
        return f"user:{self.username}"


class Role(models.TextChoices):
    GRID_WORKER = "grid_worker", _("Grid worker")
    OFFICE = "office", _("Community office")
    TOWN = "town", _("Town")
    CITY = "city", _("City")
    ADMIN = "admin", _("Administrator")
    LIAISON = "liaison", _("Member unit's liaison")
    COMPANY = "company", _("Property company")
    DEPARTMENT = "department", _("City department")


ROLE_SCOPE: dict[str, str] = {
    Role.GRID_WORKER: ScopeKind.GRID,
    Role.OFFICE: ScopeKind.COMMUNITY,
    Role.TOWN: ScopeKind.TOWN,
    Role.CITY: ScopeKind.CITY,
    Role.ADMIN: ScopeKind.CITY,
    Role.LIAISON: ScopeKind.ORGANISATION,
    Role.COMPANY: ScopeKind.ORGANISATION,
    Role.DEPARTMENT: ScopeKind.ORGANISATION,
}
GIVER_ROLES = (Role.LIAISON, Role.COMPANY, Role.DEPARTMENT)
PLACE_ROLES = (Role.GRID_WORKER, Role.OFFICE, Role.TOWN, Role.CITY)


class Appointment(models.Model):
    """A post: a user acts for a scope in a role, from one day to another (任职)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appointments")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(max_length=12, choices=Role.choices)
    from_on = models.DateField()
    to_on = models.DateField(null=True)
    stands_in_for = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="stand_ins")
    handed_at = models.DateTimeField(null=True, help_text=_("when the work came into the substitute's hands"))
    handed_back_at = models.DateTimeField(null=True, help_text=_("when it went back"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "scope", "role"], condition=Q(to_on=None), name="accounts_appointment_once"
            ),
            models.CheckConstraint(
                condition=Q(to_on=None) | Q(to_on__gte=models.F("from_on")), name="accounts_appointment_order"
            ),
        ]
        indexes = [
            models.Index(fields=["scope", "role", "to_on"], name="accounts_appointment_post"),
            models.Index(
                fields=["from_on"],
                condition=Q(stands_in_for__isnull=False, handed_at=None),
                name="accounts_appointment_to_hand",
            ),
            models.Index(
                fields=["to_on"],
                condition=Q(stands_in_for__isnull=False, handed_at__isnull=False, handed_back_at=None),
                name="accounts_appointment_to_return",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.scope}"


class Invitation(models.Model):
    """A printed one-time code with which a new user sets a password (邀请码)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user} {self.created_at:%Y-%m-%d}"


class TokenScope(models.TextChoices):
    READ = "needs.read", _("Read needs and batches")
    FILE = "needs.file", _("File needs and hand in batches")
    ACT = "needs.act", _("Act on needs: verify, claim, deliver …")
    FIGURES = "figures.read", _("Read figures")


class ApiToken(models.Model):
    """A personal key to the API (访问令牌): the holder's own rights, no more, and of them only what it is for."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    tail = models.CharField(max_length=4)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at"], name="accounts_token_user"),
            models.Index(
                fields=["expires_at"], condition=Q(revoked_at=None, warned_at=None), name="accounts_token_to_warn"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} …{self.tail}"

    @property
    def purposes(self) -> list[str]:
        """What the token is for, in words."""
        return [str(scope.label) for scope in TokenScope if scope in self.scopes]


class Session(AbstractBaseSession):
    """A browser that is logged in (登录会话), or a visitor's; `user` makes one's own list of them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    browser = models.CharField(max_length=60, blank=True)
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user} {self.browser}"


class Authenticator(models.Model):
    """The app on a person's phone that shows a new code every half minute (动态验证码)."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="authenticator")
    secret = EncryptedTextField()
    last_step = models.BigIntegerField(default=0, help_text=_("the half minute of the last code that was used"))
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user}"


class Passkey(models.Model):
    """A key in a person's phone, computer or stick (通行密钥); only its public half is here."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True, help_text=_("SHA-256 of the credential's id"))
    credential = models.TextField(help_text=_("attested credential data, base64"))
    counter = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "created_at"], name="accounts_passkey_user")]

    def __str__(self) -> str:
        return f"{self.user} {self.name}"


class RecoveryCode(models.Model):
    """One of ten codes for the day on which the phone is lost (恢复码); each works once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"{self.user}"


class Reset(models.Model):
    """A printed code for a lost password or second factor (重置码): good once a second person has approved it.

    It waits for whoever holds a post at `scope` that looks after people. The old password works until it is used.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="resets")
    digest = models.CharField(max_length=64, unique=True)
    factors = models.BooleanField(default=False, help_text=_("takes the second factor off, too"))
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, help_text=_("used, refused or replaced by another"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None)
                | (Q(approved_at__isnull=False, approved_by__isnull=False) & ~Q(approved_by=models.F("created_by"))),
                name="accounts_reset_second_person",
            ),
            models.UniqueConstraint(fields=["user"], condition=Q(ended_at=None), name="accounts_reset_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.created_at:%Y-%m-%d}"
