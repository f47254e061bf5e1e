"""Everything that is held on one asker: what they may see, take away and have erased (个人信息)."""

from typing import Any

from django.utils.translation import gettext as _

from lianxin.needs.answers import Thanks
from lianxin.needs.models import Message, Need, Photo
from lianxin.needs.reading import LABELS
from lianxin.personal.lookers import posts_of
from lianxin.personal.models import Look
from lianxin.personal.operations import looks_at

ALL = 1_000


def held_on(need: Need) -> dict[str, Any]:
    """What the record holds of the person who asked `need`, ready for a page or as JSON. Eight queries.

    Who looked at the contact is named by the looker's office and role, never by name; remarks among staff are counted.
    """
    messages = Message.objects.filter(need=need).order_by("at", "id")
    looks = looks_at(need.chain_key, ALL)
    return {
        "number": need.number,
        "filed_at": need.filed_at,
        "contact": {str(LABELS[name]): getattr(need, name) for name in LABELS if getattr(need, name)},
        "words": need.text,
        "public_text": need.public_text,
        "publish_ok": need.publish_ok,
        "giver_may_call": need.giver_may_call,
        "messages": [
            {"at": each.at, "by": each.role, "text": each.text}
            for each in messages
            if each.audience == Message.Audience.ASKER
        ],
        "remarks_among_staff": sum(each.audience == Message.Audience.INSIDE for each in messages),
        "photos": Photo.objects.filter(need=need).count(),
        "answers": [
            {"at": a.at, "solved": a.solved, "satisfaction": a.satisfaction, "via": a.via}
            for a in need.answers.order_by("at", "id")
        ],
        "thanks": Thanks.objects.filter(need=need).values_list("text", flat=True).first() or "",
        "looks": [
            {"at": look.at, "purpose": look.get_purpose_display(), "by": by}
            for look, by in zip(looks, _offices(need, looks), strict=True)
        ],
        "contact_erased_at": need.contact_erased_at,
        "words_erased_at": need.words_erased_at,
    }


def _offices(need: Need, looks: list[Look]) -> list[str]:
    """For whom each look was taken: the posts that its user held that day, those that have to do with `need` first.

    Two queries.
    """
    near = {need.grid_id, need.community_id, need.town_id, need.handler_id}
    near.update(need.commitments.values_list("giver_id", flat=True))
    return posts_of(looks, near)


def what_happens(need: Need) -> str:
    """What erasing everything now would do to the need itself, in a sentence."""
    if not need.is_open:
        return _("Your request has ended; only its number, category and dates stay, and they name nobody.")
    if need.merged.exists():
        return _("Others asked for the same: the work goes on for them, without a word of yours.")
    if need.delivered_at:
        return _("The work is done; it stays without your answer.")
    return _("Your request is withdrawn, and whoever took it on is told.")
