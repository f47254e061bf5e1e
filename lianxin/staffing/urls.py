"""People, posts, invitations, one's own account."""

from django.urls import path

from lianxin.staffing.views import account, people

urlpatterns = [
    path("invited/", account.invited, name="invited"),
    path("workspace/account/", account.account, name="account"),
    path("workspace/account/names/", account.account_names, name="account_names"),
    path("workspace/account/password/", account.account_password, name="account_password"),
    path("workspace/account/tokens/", account.token_create, name="token_create"),
    path("workspace/account/tokens/<int:pk>/revoke/", account.token_revoke, name="token_revoke"),
    path("workspace/staff/", people.staff, name="staff"),
    path("workspace/staff/invite/", people.invite, name="invite"),
    path("workspace/staff/invitation/", people.invitation, name="invitation"),
    path("workspace/staff/people/<str:username>/", people.person, name="person"),
    path("workspace/staff/people/<str:username>/appoint/", people.person_appoint, name="person_appoint"),
    path("workspace/staff/people/<str:username>/renew/", people.person_renew, name="person_renew"),
    path("workspace/staff/people/<str:username>/close/", people.person_close, name="person_close"),
    path("workspace/staff/people/<str:username>/posts/<int:pk>/end/", people.person_end, name="person_end"),
]
