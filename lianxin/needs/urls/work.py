"""The workspace pages of the pipeline."""

urlpatterns: list[object] = []
