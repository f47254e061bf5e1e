"""Addresses of channels and deliveries."""

from django.urls import path

from lianxin.channels import views

urlpatterns = [
    path("channels/", views.channels, name="channels"),
    path("channels/add/<str:kind>/", views.channel_add, name="channel_add"),
    path("channels/<int:pk>/", views.channel_edit, name="channel_edit"),
    path("channels/<int:pk>/switch/", views.channel_switch, name="channel_switch"),
    path("channels/<int:pk>/remove/", views.channel_remove, name="channel_remove"),
    path("channels/<int:pk>/test/", views.channel_test, name="channel_test"),
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<int:pk>/again/", views.delivery_again, name="delivery_again"),
]
