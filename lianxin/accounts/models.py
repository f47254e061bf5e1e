"""Who may act, for what, from when to when."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


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
    language = models.CharField(max_length=10, blank=True)
    is_active = models.BooleanField(default=True)
    history_seq = models.PositiveIntegerField(default=0)
    history_head = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    objects = UserManager()

    class Meta:
        indexes = [models.Index(fields=["name", "id"], name="accounts_user_name")]

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


class Appointment(models.Model):
    """A post: a user acts for a scope in a role, from one day to another (任职)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appointments")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(max_length=12, choices=Role.choices)
    from_on = models.DateField()
    to_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "scope", "role"], condition=Q(to_on=None), name="accounts_appointment_once"
            ),
            models.CheckConstraint(
                condition=Q(to_on=None) | Q(to_on__gte=models.F("from_on")), name="accounts_appointment_order"
            ),
        ]
        indexes = [models.Index(fields=["scope", "role", "to_on"], name="accounts_appointment_post")]

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


class ApiToken(models.Model):
    """A personal key to the API (访问令牌): the holder's own rights, nothing more."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    tail = models.CharField(max_length=4)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at"], name="accounts_token_user")]

    def __str__(self) -> str:
        return f"{self.name} …{self.tail}"
