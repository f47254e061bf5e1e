"""Pages of people, posts, invitations and one's own account."""
