"""Needs, categories and batches over the API; each call is one operation or one query of this area."""

from lianxin.needs.api import beside, commitments, steps  # noqa: F401 - they add their calls
from lianxin.needs.api.batches import router as batches
from lianxin.needs.api.filing import spot
from lianxin.needs.api.reading import categories
from lianxin.needs.api.reading import router as needs

__all__ = ["batches", "categories", "needs", "spot"]
