"""{% icon "bell" %}: a picture of the sprite, in every template without loading anything."""

from functools import lru_cache

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@lru_cache(maxsize=512)
def _picture(name: str, sprite: str) -> SafeString:
    return format_html('<svg class="lx-i" aria-hidden="true"><use href="{}#i-{}"></use></svg>', sprite, name)


@register.simple_tag
def icon(name: str) -> SafeString:
    """The picture `name` of static/icons.svg; it says nothing to a screen reader, the words beside it do.

    Made once for each name: a page has some forty.
    """
    return _picture(name, staticfiles_storage.url("icons.svg"))
