"""{% icon "bell" %}: a picture of the sprite, in every template without loading anything."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """The picture `name` of static/icons.svg; it says nothing to a screen reader, the words beside it do."""
    return format_html(
        '<svg class="lx-i" aria-hidden="true"><use href="{}#i-{}"></use></svg>', static("icons.svg"), name
    )
