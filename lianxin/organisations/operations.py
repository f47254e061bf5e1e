"""Adding and correcting organisations, and which company serves which compound."""

import re
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Scope, ScopeKind
from lianxin.core.edits import require_version
from lianxin.core.errors import Invalid, NotAllowed
from lianxin.core.once import once
from lianxin.core.operation import operation
from lianxin.history import chain
from lianxin.organisations.models import Organisation, OrganisationKind, Serves
from lianxin.organisations.rules import kinds_open_to, may_correct, may_rehome, may_tie
from lianxin.places.models import City, Compound
from lianxin.places.operations import rename_scopes, with_scope

NAMES = ("name", "name_en", "name_bo")
FIELDS = (*NAMES, "level", "community", "phone", "active")
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_PHONE = re.compile(r"[0-9+() -]{3,30}")


def lock(organisation: Organisation) -> Organisation:
    """The organisation, locked, with its scope and community."""
    rows = Organisation.objects.select_for_update(of=("self",)).select_related("scope", "community__scope")
    return rows.get(pk=organisation.pk)


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v.strip() if isinstance(v, str) else v for k, v in values.items() if k in FIELDS}
    if "name" in kept and not kept["name"]:
        raise Invalid(_("Say the name."), field="name")
    if kept.get("phone") and not _PHONE.fullmatch(kept["phone"]):
        raise Invalid(_("A telephone number has digits, spaces and hyphens."), field="phone")
    return kept


def _parent(kind: str, values: dict[str, Any]) -> Scope:
    """An office of a community lies below it, everybody else below the city."""
    if kind != OrganisationKind.COMMUNITY_OFFICE:
        return City.objects.select_related("scope").get().scope
    if values.get("community") is None:
        raise Invalid(_("A community office names its community."), field="community")
    scope: Scope = values["community"].scope
    return scope


@operation
def add_organisation(
    *, actor: Actor, at: datetime, key: str, kind: str, code: str, values: dict[str, Any]
) -> Organisation:
    """A new unit, company, committee, station, department or community office.

    Raises NotAllowed for a kind that the actor can't add, Invalid for a code that is taken or malformed.
    """
    if kind not in kinds_open_to(actor):
        raise NotAllowed(_("Only the city, an administrator or, for units and companies, the town can do this."))
    code = code.strip().lower()

    def run() -> dict[str, str]:
        kept = _clean(values)
        if (home := kept.get("community")) and not may_tie(actor, home):
            raise NotAllowed(_("This community lies in another town."))
        if not _CODE.fullmatch(code):
            raise Invalid(_("A code has small letters, digits and hyphens only."), field="code")
        if Organisation.objects.filter(code=code).exists():
            raise Invalid(_("This code is taken."), field="code")
        body = Organisation(code=code, kind=kind, **kept)
        with_scope(body, _parent(kind, kept), ScopeKind.ORGANISATION)
        entry = chain.prepare(body, "organisation.added", actor=actor, at=at, kind=kind)
        body.save(force_insert=True)
        entry.save(force_insert=True)
        return {"number": code}

    said = {"kind": kind, "code": code, **{k: str(v) for k, v in values.items()}}
    answer, _again = once(operation="add_organisation", key=key, body=said, at=at, run=run)
    return Organisation.objects.get(code=answer["number"])


@operation
def correct_organisation(
    organisation: Organisation, *, actor: Actor, at: datetime, version: int, values: dict[str, Any]
) -> Organisation:
    """Change names, level, community, telephone, or switch it off; `version` is the history_seq of the form.

    Raises NotAllowed for a kind or a home that the actor can't change, Stale when it was changed meanwhile.
    """
    body = lock(organisation)
    if not may_correct(actor, body):
        raise NotAllowed(_("Only the city, an administrator or, for units and companies, the town can do this."))
    kept = _clean(values)
    if body.kind == OrganisationKind.COMMUNITY_OFFICE:
        kept.pop("community", None)
    if "community" in kept and not may_rehome(actor, body.community, kept["community"]):
        raise NotAllowed(_("Only the city or an administrator moves an organisation from or to another place."))
    there = {name: getattr(body, name) for name in kept}
    require_version(body.history_seq, version, theirs=there, mine=kept)
    changed = sorted(name for name in kept if kept[name] != there[name])
    if not changed:
        return body
    for name in changed:
        setattr(body, name, kept[name])
    chain.record(body, "organisation.corrected", actor=actor, at=at, fields=changed)
    body.save(update_fields=[*changed, "history_seq", "history_head"])
    if set(changed) & set(NAMES):
        rename_scopes([body])
    return body


@operation
def serve_compound(company: Organisation, *, actor: Actor, at: datetime, compound: Compound) -> Organisation:
    """A property company serves a compound from now on. Raises NotAllowed, and Invalid for no company."""
    company = lock(company)
    if not may_tie(actor, compound.community):
        raise NotAllowed(_("Only the compound's community office, its town or the city can do this."))
    if company.kind != OrganisationKind.COMPANY:
        raise Invalid(_("Only a property company serves compounds."), field="compound")
    _row, new = Serves.objects.get_or_create(organisation=company, compound=compound)
    if new:
        chain.record(company, "organisation.serves", actor=actor, at=at, compound=compound.code)
        company.save(update_fields=["history_seq", "history_head"])
    return company


@operation
def stop_serving(company: Organisation, *, actor: Actor, at: datetime, compound: Compound) -> Organisation:
    """A property company serves a compound no longer. Raises NotAllowed."""
    company = lock(company)
    if not may_tie(actor, compound.community):
        raise NotAllowed(_("Only the compound's community office, its town or the city can do this."))
    if Serves.objects.filter(organisation=company, compound=compound).delete()[0]:
        chain.record(company, "organisation.stopped_serving", actor=actor, at=at, compound=compound.code)
        company.save(update_fields=["history_seq", "history_head"])
    return company
