"""The public door: ask, track, wall."""

from django.urls import path

from lianxin.needs.views import asking, holding, tracking, wall

urlpatterns = [
    path("ask/", asking.ask_tiles, name="ask_tiles"),
    path("ask/<slug:kind>/", asking.ask, name="ask"),
    path("q/<slug:code>/", asking.from_poster, name="from_poster"),
    path("asked/", asking.asked, name="asked"),
    path("track/", tracking.track, name="track"),
    path("track/need/", tracking.tracked, name="tracked"),
    path("track/need/word/", tracking.tracked_word, name="tracked_word"),
    path("track/need/withdraw/", tracking.tracked_withdraw, name="tracked_withdraw"),
    path("track/need/answer/", tracking.tracked_answer_merged, name="tracked_answer_merged"),
    path("track/need/answer/<int:pk>/", tracking.tracked_answer, name="tracked_answer"),
    path("track/need/still-wanted/", tracking.tracked_still_wanted, name="tracked_still_wanted"),
    path("track/need/contest/", tracking.tracked_contest, name="tracked_contest"),
    path("track/need/thanks/", tracking.tracked_thanks, name="tracked_thanks"),
    path("track/need/photo/<int:pk>/", tracking.tracked_photo, name="tracked_photo"),
    path("track/need/held/", holding.tracked_held, name="tracked_held"),
    path("track/need/held.json", holding.tracked_held_file, name="tracked_held_file"),
    path("track/need/correct/", holding.tracked_correct, name="tracked_correct"),
    path("track/need/erase/", holding.tracked_erase, name="tracked_erase"),
    path("track/forget/", tracking.tracked_forget, name="tracked_forget"),
    path("wishes/", wall.wishes, name="wishes"),
]
