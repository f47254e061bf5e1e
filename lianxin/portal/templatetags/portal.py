"""How figures are written on pages."""

from django import template

from lianxin.figures.suppression import Cell

register = template.Library()


@register.filter
def rate(cell: Cell) -> str:
    """A rate as people read it: "88.4%", or with two decimals where it is told for so many households."""
    value = cell.value
    if value is None:
        return ""
    if cell.per != 1:
        return f"{value:.2f}"
    return "100%" if value == 1 else f"{100 * value:.1f}%"


@register.filter
def thousands(value: int) -> str:
    """A count with its thousands set apart."""
    return f"{value:,}"


@register.filter
def steps(share: float, of: int) -> int:
    """A share of the chart's height in its units; something that is there is at least one high."""
    return max(round(share * of), 1) if share else 0


@register.filter
def minus(number: int, other: int) -> int:
    """What is left."""
    return number - other


@register.filter
def times(number: int, other: int) -> int:
    """So many times."""
    return number * other
