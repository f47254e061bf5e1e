"""Questions that pages, lists, desks and the API ask about needs."""

from collections.abc import Sequence

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import GIVER_ROLES, Role
from lianxin.core.crypto import code_digests
from lianxin.core.errors import Invalid
from lianxin.desk import queue
from lianxin.needs.answers import Exclusion
from lianxin.needs.kinds import KINDS
from lianxin.needs.models import Commitment, Need, WishBatch
from lianxin.needs.querysets import NeedQuerySet, placed
from lianxin.needs.rules import OFFICES
from lianxin.needs.states import ACTIVE, HOLDING, ExclusionState, Status
from lianxin.organisations.models import Organisation
from lianxin.search import index


def with_commitments(needs: NeedQuerySet) -> NeedQuerySet:
    """Needs with the commitments that hold a part now, their givers and givers' scopes. One query more."""
    held = Commitment.objects.filter(status__in=HOLDING).select_related("giver__scope", "part__category")
    return needs.prefetch_related(Prefetch("commitments", queryset=held.order_by("-claimed_at", "-id")))


def fetch_held(needs: Sequence[Need]) -> None:
    """The same for rows that are there: who holds a part now, for `Need.held`, and nothing else of it. One query."""
    wanted = ("need_id", "status", "assigned", "staff_id", "claimed_at", "giver__kind", "giver__scope__parent_id")
    names = ("giver__name", "giver__name_en", "giver__name_bo")
    held = Commitment.objects.filter(need_id__in=[need.pk for need in needs], status__in=HOLDING)
    found: dict[int, list[Commitment]] = {}
    for commitment in held.select_related("giver__scope").only(*wanted, *names).order_by("-claimed_at", "-id"):
        found.setdefault(commitment.need_id, []).append(commitment)
    for need in needs:
        need.fetched_held = found.get(need.pk, [])


def need_for(actor: Actor, number: str) -> Need | None:
    """The need `number` as `actor` may see it, with what its page shows; None when there is none for them."""
    needs = Need.objects.visible_to(actor).filter(number=number.strip().upper())
    needs = with_commitments(
        needs.select_related(
            "category",
            "thanks",
            "community__scope",
            "town",
            "grid",
            "compound",
            "handler",
            "batch",
            "merged_into",
            "subject",
            "filed_by",
        )
    )
    return needs.prefetch_related("commitments__helpers").first()


def joined(need: Need, among: NeedQuerySet | None = None) -> list[Need]:
    """The needs handled in this one: merged into it, into one of those, and so on. A query for each step."""
    needs = Need.objects.all() if among is None else among
    found: list[Need] = []
    step = [need]
    while step := list(needs.filter(merged_into__in=step).order_by("-filed_at", "-pk")):
        found += step
    return found


def exclusion_of(need: Need) -> Exclusion | None:
    """Who asked to leave it out of the rates, why, and who decided; no query where nobody did."""
    if not need.exclusion_asked_by_id and not need.excluded_at:
        return None
    current = need.exclusions.filter(state__in=[ExclusionState.ASKED, ExclusionState.APPROVED])
    return current.select_related("asked_by", "decided_by").first()


WALL_STATES: dict[str, tuple[str, ...]] = {
    "waiting": (Status.PUBLISHED,),
    "taken_on": (Status.CLAIMED, Status.UNDER_WAY, Status.DELIVERED),
    "confirmed": (Status.CONFIRMED,),
}


def wall(state: str = "", words: str = "") -> NeedQuerySet:
    """The needs whose public text stands on the wish wall, in one of WALL_STATES or all, with every one of `words`.

    Loads what the public may read and nothing else: no text, name, number, address, grid. Thanks are the public's when
    both agree (`Wish.thanks`).
    """
    kinds = [kind.code for kind in KINDS if kind.publishable]
    statuses = WALL_STATES.get(state) or tuple(s for group in WALL_STATES.values() for s in group)
    needs = Need.objects.filter(
        published_at__isnull=False,
        publish_ok=True,
        kind__in=kinds,
        status__in=statuses,
        hidden_path="",
        walled=False,
    ).exclude(public_text="")
    if words.strip():
        needs = needs.filter(pk__in=index.matching("wall", words))
    needs = needs.select_related("thanks").only(
        *("public_text", "status", "filed_at", "published_at", "solution_due_at", "ended_at", "category", "community"),
        *("thanks__need_id", "thanks__text", "thanks__asker_agrees", "thanks__giver_agrees"),
    )
    return with_commitments(needs.prefetch_related("category", "community"))


def need_by_code(code: str) -> Need | None:
    """The need that a tracking code opens, or None. One query on a unique index."""
    return Need.objects.filter(code_digest__in=code_digests(code)).first()


def in_others_hands(actor: Actor) -> NeedQuerySet:
    """What somebody has taken on and `actor` may see, without what waits on the actor's own desk."""
    mine = queue.mine(actor).order_by().filter(object_type="need").values("object_id")
    return Need.objects.visible_to(actor).open().filter(status__in=ACTIVE).exclude(pk__in=mine)


def search_for(actor: Actor, needs: NeedQuerySet, words: str) -> NeedQuerySet:
    """The needs that hold every one of `words`, or have this number, in what `actor` may read.

    A giver searches the words of needs that it holds, and the public texts of the others.
    """
    places = None if actor.has(Role.CITY) else actor.scope_ids(Role.TOWN, Role.OFFICE, Role.GRID_WORKER)
    if not actor.has(*GIVER_ROLES):
        return needs.filter(pk__in=index.matching("need", words, places))
    held = Commitment.objects.filter(giver_id__in=actor.giver_ids, status__in=HOLDING)
    readable = placed(actor) | Q(pk__in=held.values("need_id"))
    in_words = Q(pk__in=index.matching("need", words)) & readable
    return needs.filter(in_words | Q(pk__in=index.matching("wall", words)))


def commitments_of(actor: Actor) -> QuerySet[Commitment]:
    """The commitments of the organisations that `actor` gives for; an office's own staff see the office's."""
    offices = actor.scope_ids(Role.OFFICE)
    mine = Q(giver_id__in=actor.giver_ids)
    if offices:
        mine |= Q(giver__kind="community_office", giver__scope__parent_id__in=offices)
    seen = Need.objects.visible_to(actor)
    return (
        Commitment.objects.filter(mine)
        .filter(~Q(status__in=HOLDING) | Q(need__in=seen))
        .select_related("giver", "need__category", "need__community", "need__grid", "need__compound")
    )


def batches_for(actor: Actor) -> QuerySet[WishBatch]:
    """The batches that an actor may see: its unit's own, its places', those in its alliances' pool."""
    batches = WishBatch.objects.select_related("organisation", "community")
    needs = Need.objects.visible_to(actor).exclude(batch=None)
    return batches.filter(Q(organisation_id__in=actor.giver_ids) | Q(pk__in=needs.values("batch_id")))


def office_of(place_id: int) -> Organisation:
    """The organisation that is the office of a community, town or city. Raises Invalid when it is not entered."""
    offices = Organisation.objects.filter(kind__in=OFFICES, scope__parent_id=place_id, active=True)
    office = offices.select_related("scope").first()
    if office is None:
        raise Invalid(_("The office of this place is not entered yet; ask the administrator."), field="community")
    return office
