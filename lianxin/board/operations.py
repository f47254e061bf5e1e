"""Publishing on the public column, correcting, taking down."""

import secrets
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.board.models import Post
from lianxin.board.rules import may_post
from lianxin.core.clock import local_day
from lianxin.core.edits import require_version
from lianxin.core.errors import Invalid, NotAllowed, WrongState
from lianxin.core.once import once
from lianxin.core.operation import operation
from lianxin.history import chain
from lianxin.places.models import Community, Compound

FIELDS = ("category", "title", "title_en", "body")


def _clean(values: dict[str, Any]) -> dict[str, str]:
    kept = {name: str(values[name]).strip() for name in FIELDS if name in values}
    if kept.get("category") not in Post.Category.values:
        raise Invalid(_("Choose a category."), field="category")
    for name, words in (("title", _("Give it a title.")), ("body", _("Write the text."))):
        if not kept.get(name):
            raise Invalid(words, field=name)
    return kept


def _require_writer(actor: Actor, community: Community | None) -> None:
    if not may_post(actor, community):
        raise NotAllowed(_("Only the community's office, its town or the city can do this."))


def _lock(post: Post) -> Post:
    return Post.objects.select_for_update(of=("self",)).select_related("community", "compound").get(pk=post.pk)


@operation
def publish_post(
    *,
    actor: Actor,
    at: datetime,
    key: str,
    community: Community | None,
    values: dict[str, Any],
    compound: Compound | None = None,
) -> Post:
    """Put a notice on a community's public column, or on the city's without a community; it is public at once.

    Raises NotAllowed for anybody but the community's office, its town and the city; Invalid without title or text.
    """
    _require_writer(actor, community)
    if compound is not None and (community is None or compound.community_id != community.pk):
        raise Invalid(_("This compound lies in another community."), field="compound")

    def run() -> dict[str, str]:
        day = local_day(at)
        code = f"{day:%Y%m%d}-{secrets.token_hex(3)}"
        post = Post(code=code, community=community, compound=compound, published_on=day, **_clean(values))
        place = community.code if community else ""
        entry = chain.prepare(post, "post.published", actor=actor, at=at, community=place)
        post.save(force_insert=True)
        entry.save(force_insert=True)
        return {"number": code}

    body = {"community": community.pk if community else None, **values}
    answer, _again = once(operation="publish_post", key=key, body=body, at=at, run=run)
    return Post.objects.get(code=answer["number"])


@operation
def correct_post(post: Post, *, actor: Actor, at: datetime, version: int, values: dict[str, Any]) -> Post:
    """Change a notice's title, text and category; where it hangs and since when stay.

    Raises NotAllowed, WrongState once it was taken down, Stale when it was changed meanwhile.
    """
    post = _lock(post)
    _require_writer(actor, post.community)
    if post.taken_down_at is not None:
        raise WrongState(_("This notice was taken down."))
    kept = _clean(values)
    there = {name: getattr(post, name) for name in kept}
    require_version(post.version, version, theirs=there, mine=kept)
    changed = sorted(name for name in kept if kept[name] != there[name])
    if not changed:
        return post
    for name in changed:
        setattr(post, name, kept[name])
    post.version += 1
    chain.record(post, "post.corrected", actor=actor, at=at, fields=changed)
    post.save()
    return post


@operation
def take_down_post(post: Post, *, actor: Actor, at: datetime) -> Post:
    """Take a notice off the public column; it stays in the records. Raises NotAllowed, WrongState when it is off."""
    post = _lock(post)
    _require_writer(actor, post.community)
    if post.taken_down_at is not None:
        raise WrongState(_("This notice was taken down already."))
    post.taken_down_at = at
    post.version += 1
    chain.record(post, "post.taken_down", actor=actor, at=at)
    post.save()
    return post
