"""The public door: ask, track, wall."""

urlpatterns: list[object] = []
