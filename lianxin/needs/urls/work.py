"""The workspace pages of the pipeline."""

from django.urls import path

from lianxin.needs.views import (
    calls,
    categories,
    exclusions,
    giving,
    holding,
    hotline,
    need_list,
    need_page,
    staff_filing,
)

urlpatterns = [
    path("categories/", categories.categories, name="categories"),
    path("categories/add/", categories.category_add, name="category_add"),
    path("categories/<slug:code>/edit/", categories.category_edit, name="category_edit"),
    path("categories/<slug:code>/switch/", categories.category_switch, name="category_switch"),
    path("needs/", need_list.needs, name="needs"),
    path("needs/<str:number>/", need_page.need, name="need"),
    path("needs/<str:number>/look/", need_page.need_look, name="need_look"),
    path("needs/<str:number>/held/", holding.need_held, name="need_held"),
    path("needs/<str:number>/held/look/", holding.need_held_look, name="need_held_look"),
    path("needs/<str:number>/held.json", holding.need_held_file, name="need_held_file"),
    path("needs/<str:number>/held/erase/", holding.need_erase, name="need_erase"),
    path("needs/<str:number>/photos/<int:photo_id>/", need_page.need_photo, name="need_photo"),
    path("needs/<str:number>/<slug:verb>/", need_page.need_action, name="need_action"),
    path("file/", staff_filing.file_for, name="file_for"),
    path("on-the-spot/", staff_filing.on_the_spot, name="on_the_spot"),
    path("slips/", staff_filing.slips_page, name="slips"),
    path("calls/", calls.calls, name="calls"),
    path("exclusions/", exclusions.exclusions, name="exclusions"),
    path("hotline/", hotline.hotline, name="hotline"),
    path("hotline/take/", hotline.hotline_take, name="hotline_take"),
    path("hotline/template/", hotline.hotline_template, name="hotline_template"),
    path("hotline/replied/", hotline.hotline_replied, name="hotline_replied"),
    path("pool/", giving.pool, name="pool"),
    path("batches/", giving.batches, name="batches"),
    path("batches/new/", giving.batch_new, name="batch_new"),
    path("batches/<str:number>/", giving.batch, name="batch"),
    path("batches/<str:number>/claim/", giving.batch_claim, name="batch_claim"),
    path("commitments/", giving.commitments, name="commitments"),
]
