"""Needs in sentences: which an actor may see, which lie in a place, which are open."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role, ScopeKind
from lianxin.alliance.models import Membership
from lianxin.needs.states import HOLDING, CommitmentStatus, Status

if TYPE_CHECKING:
    # The string below is no annotation to the linter; "as" says that the name is meant.
    from lianxin.needs.models import Need as Need


def pool_communities(actor: Actor) -> Subquery:
    """The communities whose alliances the actor's units belong to, as a subquery."""
    units = actor.scope_ids(Role.LIAISON)
    return Subquery(Membership.objects.filter(organisation_id__in=units).values("community_id"))


def placed(actor: Actor) -> Q:
    """Needs in the places that the actor's posts cover."""
    found = Q(pk__in=[])
    if actor.has(Role.CITY):
        return ~Q(pk__in=[])
    if towns := actor.scope_ids(Role.TOWN):
        found |= Q(town_id__in=towns)
    if communities := actor.scope_ids(Role.OFFICE):
        found |= Q(community_id__in=communities)
    if grids := actor.scope_ids(Role.GRID_WORKER):
        found |= Q(grid_id__in=grids)
    return found


def _own_batch(actor: Actor) -> Q:
    """Wishes that the actor's own units handed in for their staff: the unit sees numbers, never words."""
    batches = apps.get_model("needs", "WishBatch")
    own = batches.objects.filter(organisation_id__in=actor.scope_ids(Role.LIAISON))
    return Q(batch_id__isnull=False, batch_id__in=own.values("pk"))


# Places and categories of a row are looked up by their ids: a list has few of them.
ROW = (
    *("number", "kind", "status", "urgency", "channel", "text", "public_text", "solved", "satisfaction"),
    *("category_id", "town_id", "community_id", "grid_id", "compound_id"),
    *("filed_at", "published_at", "due_at"),
    # who is on call for it (rules.on_call)
    *("handler_id", "ended_at", "hidden_path", "walled"),
)


class NeedQuerySet(models.QuerySet["Need"]):
    """Needs, in sentences."""

    def visible_to(self, actor: Actor) -> "NeedQuerySet":
        """The needs that `actor` may see; the only door to a need outside operations.

        Places see what lies in them, givers what they hold and what their alliances may claim, whoever is on duty
        what the place above has in hand (rules.on_call); a complaint is hidden from its subject and the subject's
        office, a walled need from everyone who is no party.
        """
        if actor.asks_for is not None and not actor.posts:
            return self.filter(pk=actor.asks_for)
        if not actor.posts:
            return self.none()
        mine = placed(actor)
        if on_duty := actor.duty_ids:
            mine |= Q(handler_id__in=on_duty, ended_at=None, hidden_path="", walled=False)
        if givers := actor.giver_ids:
            commitments = apps.get_model("needs", "Commitment")
            held = commitments.objects.filter(giver_id__in=givers, status__in=HOLDING)
            mine |= Q(pk__in=held.values("need_id"))
            if actor.has(Role.LIAISON):
                mine |= Q(status=Status.PUBLISHED, community_id__in=pool_communities(actor)) & ~_own_batch(actor)
        return self.filter(mine)._not_hidden_from(actor)

    def _not_hidden_from(self, actor: Actor) -> "NeedQuerySet":
        parties = apps.get_model("needs", "NeedParty")
        party = Q(walled=False) | Q(pk__in=parties.objects.filter(scope_id__in=actor.scope_ids()).values("need_id"))
        return self.exclude(hidden_path__in=actor.chain).filter(party)

    def in_place(self, kind: str, scope_id: int | None) -> "NeedQuerySet":
        """Needs in one place; the whole city when there is no scope."""
        if scope_id is None or kind == "city":
            return self
        return self.filter(**{f"{kind}_id": scope_id})

    def in_hand_of(self, actor: Actor) -> "NeedQuerySet":
        """Of the needs that `actor` may see those that `rules.handles`: in hand at the actor's level, or one below."""
        if actor.has(Role.CITY):
            return self
        below = Q(town_id__in=actor.scope_ids(Role.TOWN)) & ~Q(handler__kind=ScopeKind.CITY)
        return self.filter(below | Q(handler_id__in=actor.scope_ids(Role.OFFICE)))

    def of_hotline(self, numbers: Iterable[str]) -> "NeedQuerySet":
        """The hotline's cases with these numbers; said so that SQLite too takes the index of those that have one."""
        return self.filter(outside_number__in=list(numbers)).exclude(outside_number="")

    def open(self) -> "NeedQuerySet":
        """Not at an end (needs_need_ended); each place has an index of these alone."""
        return self.filter(ended_at=None)

    def over_since(self, at: datetime) -> "NeedQuerySet":
        """Over at the time `at`: a merged need with the one it joined, a contested decline once it is decided.

        Whether what it joined was merged in turn, and that is over, is for the caller (operations.erasing).
        """
        undecided = Q(status=Status.DECLINED, contested_at__isnull=False, upheld_at=None)
        joined = Q(merged_into=None) | Q(merged_into__ended_at__lte=at)
        return self.filter(joined, ended_at__lte=at).exclude(undecided)

    def in_pool(self, actor: Actor) -> "NeedQuerySet":
        """Published needs that the actor's units may claim."""
        waiting = self.filter(status=Status.PUBLISHED, community_id__in=pool_communities(actor))
        return waiting.exclude(_own_batch(actor))._not_hidden_from(actor)

    def for_lists(self) -> "NeedQuerySet":
        """With everything a row shows."""
        return self.select_related("category", "community", "grid", "compound", "batch")

    def for_rows(self) -> "NeedQuerySet":
        """What a row of the need list shows and nothing more: no contact is read, no place is joined."""
        return self.only(*ROW)

    def with_given(self) -> "NeedQuerySet":
        """With what `Need.is_assigned` reads, for lists that load no commitments."""
        waiting = apps.get_model("needs", "Commitment").objects.filter(
            need_id=OuterRef("pk"), status=CommitmentStatus.CLAIMED
        )
        return self.annotate(given=Exists(waiting) & ~Exists(waiting.filter(assigned=False)))

    def counted(self) -> "NeedQuerySet":
        """Needs that count in figures: a merged one counts with the need it joined, an excluded one nowhere."""
        return self.exclude(status=Status.MERGED).filter(excluded_at=None)

    def with_numbers(self, numbers: Iterable[str]) -> "NeedQuerySet":
        """The needs with these numbers."""
        return self.filter(number__in=list(numbers))
