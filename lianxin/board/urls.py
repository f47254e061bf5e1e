"""The public column; writing on it, and posters."""

from django.urls import path

from lianxin.board import views, writing

urlpatterns = [
    path("board/", views.board, name="board"),
    path("board/roots/", views.roots_page, name="roots"),
    path("board/roots.json", views.roots_json, name="roots_json"),
    path("board/<slug:code>/", views.board_post, name="board_post"),
    path("workspace/board/", writing.post_list, name="posts"),
    path("workspace/board/new/", writing.post_new, name="post_new"),
    path("workspace/board/<slug:code>/", writing.post_edit, name="post_edit"),
    path("workspace/board/<slug:code>/take-down/", writing.post_take_down, name="post_take_down"),
    path("workspace/posters/", writing.posters, name="posters"),
    path("workspace/posters/print/", writing.posters_print, name="posters_print"),
]
