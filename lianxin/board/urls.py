"""The public column."""

from django.urls import path

from lianxin.board import views

urlpatterns = [
    path("board/", views.board, name="board"),
    path("board/<slug:code>/", views.board_post, name="board_post"),
]
