"""One queue of what waits for a post."""

from django.db import models

from lianxin.accounts.models import Role, Scope


class DeskItem(models.Model):
    """Something waits for whoever holds `role` at `scope` (待办). Holds no words of a resident."""

    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=12, choices=Role.choices)
    verb = models.CharField(max_length=30)
    object_type = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    due_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["object_type", "object_id", "scope", "role", "verb"], name="desk_item_once")
        ]
        indexes = [models.Index(fields=["scope", "role", "due_at", "id"], name="desk_item_queue")]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"
