"""People, posts, invitations, one's own account."""

from django.urls import path

from lianxin.staffing.views import account, people

urlpatterns = [
    path("invited/", account.invited, name="invited"),
    path("work/account/", account.account, name="account"),
    path("work/account/names/", account.account_names, name="account_names"),
    path("work/account/password/", account.account_password, name="account_password"),
    path("work/account/tokens/", account.token_create, name="token_create"),
    path("work/account/tokens/<int:pk>/revoke/", account.token_revoke, name="token_revoke"),
    path("work/staff/", people.staff, name="staff"),
    path("work/staff/invite/", people.invite, name="invite"),
    path("work/staff/invitation/", people.invitation, name="invitation"),
    path("work/staff/people/<str:username>/", people.person, name="person"),
    path("work/staff/people/<str:username>/appoint/", people.person_appoint, name="person_appoint"),
    path("work/staff/people/<str:username>/renew/", people.person_renew, name="person_renew"),
    path("work/staff/people/<str:username>/close/", people.person_close, name="person_close"),
    path("work/staff/people/<str:username>/posts/<int:pk>/end/", people.person_end, name="person_end"),
]
