"""What stands on the public column."""

from django.db.models import Q, QuerySet

from lianxin.board.models import Post
from lianxin.places.models import Community


def posts() -> QuerySet[Post]:
    """Posts that anybody may read: not taken down."""
    return Post.objects.filter(taken_down_at=None).select_related("community", "compound")


def posts_for(community: Community | None) -> QuerySet[Post]:
    """What a community's residents see: its own posts and the city's; everything without a community."""
    return posts().filter(Q(community=community) | Q(community=None)) if community else posts()


def search(found: QuerySet[Post], words: str) -> QuerySet[Post]:
    """Posts whose title or text holds every one of `words`."""
    for word in words.split()[:5]:
        found = found.filter(Q(title__icontains=word) | Q(title_en__icontains=word) | Q(body__icontains=word))
    return found
