"""Forms of the public column and of posters."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role
from lianxin.board.models import Post
from lianxin.core.refusals import new_key
from lianxin.places.models import Community, Compound


def communities_of(actor: Actor) -> QuerySet[Community]:
    """The communities that the actor's posts as grid worker, office, town or city cover."""
    rows = Community.objects.select_related("town").order_by("pk")
    if actor.has(Role.CITY):
        return rows
    return rows.filter(
        Q(pk__in=actor.scope_ids(Role.OFFICE))
        | Q(town_id__in=actor.scope_ids(Role.TOWN))
        | Q(grids__in=actor.scope_ids(Role.GRID_WORKER))
    ).distinct()


class PostFields(forms.Form):
    """A notice's words."""

    category = forms.ChoiceField(label=_("Category"), choices=Post.Category.choices)
    title = forms.CharField(label=_("Title"), max_length=120)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    body = forms.CharField(
        label=_("Text"),
        max_length=8000,
        help_text=_("Everybody can read it. Name nobody who has not agreed."),
        widget=forms.Textarea(attrs={"rows": 10}),
    )


class PublishForm(PostFields):
    """A new notice."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=new_key)
    community = forms.ModelChoiceField(
        queryset=Community.objects.none(), label=_("Where"), required=False, to_field_name="code"
    )
    compound = forms.ModelChoiceField(
        queryset=Compound.objects.none(),
        label=_("Compound"),
        required=False,
        to_field_name="code",
        empty_label=_("The whole community"),
    )
    field_order = ("key", "community", "compound", "category")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = communities_of(actor)
        where: Any = self.fields["community"]
        where.queryset = mine
        where.required = not actor.has(Role.CITY)
        where.empty_label = _("The whole city") if actor.has(Role.CITY) else None
        inner: Any = self.fields["compound"]
        inner.queryset = Compound.objects.filter(community__in=mine).select_related("community").order_by("pk")
        inner.label_from_instance = lambda c: f"{c.community.label} · {c.label}"


class CorrectPost(PostFields):
    """A notice as it was read, with the version it was read at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class PostFilter(forms.Form):
    """What the list of notices can be narrowed to."""

    q = forms.CharField(label=_("Words"), required=False, max_length=60)
    community = forms.ChoiceField(label=_("Where"), required=False)
    category = forms.ChoiceField(
        label=_("Category"), required=False, choices=[("", _("All categories")), *Post.Category.choices]
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Public now")), ("down", _("Taken down")), ("all", _("All"))],
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places: list[Any] = [("", _("Everywhere"))]
        if actor.has(Role.CITY):
            places.append(("-", _("The whole city")))
        places += [(c.code, c.label) for c in communities_of(actor)]
        self.fields["community"].choices = places  # type: ignore[attr-defined]


class PosterForm(forms.Form):
    """Which posters to print."""

    FOR = (
        ("community", _("One for the whole community")),
        ("compounds", _("One for each compound")),
        ("grids", _("One for each grid")),
    )
    community = forms.ModelChoiceField(
        queryset=Community.objects.none(), label=_("Community"), to_field_name="code", empty_label=None
    )
    which = forms.ChoiceField(label=_("Posters"), choices=FOR, widget=forms.RadioSelect, initial="community")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["community"].queryset = communities_of(actor)  # type: ignore[attr-defined]
