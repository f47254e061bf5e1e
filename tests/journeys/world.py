"""Something to look at on every page, and the addresses of all pages by who opens them."""

import io
from dataclasses import dataclass, field

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from PIL import Image

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import Role, User
from lianxin.alliance.operations import hand_in_registration, register_helper
from lianxin.board.operations import publish_post
from lianxin.channels.models import Delivery
from lianxin.channels.operations import add_channel
from lianxin.core.clock import local_day, now
from lianxin.needs import tracking
from lianxin.needs.models import Need
from lianxin.needs.operations import (
    Asked,
    Wished,
    add_word,
    agree_to_thanks,
    answer_asker,
    assign_need,
    claim_need,
    comment_need,
    contest_decline,
    decline_need,
    deliver_need,
    file_need,
    hand_in_batch,
    look_at_contact,
    merge_need,
    publish_need,
    record_answer,
    thank_giver,
    withdraw_need,
)
from lianxin.personal.models import Look
from lianxin.personal.operations import look_at
from lianxin.staffing.operations import invite_user
from lianxin.staffing.resets import ask_reset
from lianxin.webhooks.operations import register_webhook
from tests.cast import Cast


def picture(name: str = "photo.jpg") -> SimpleUploadedFile:
    """A small photo, as a phone sends one."""
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "#7aa").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")


@dataclass
class World:
    """Needs by what they show, their codes, and codes of other things."""

    cast: Cast
    needs: dict[str, Need] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    post: str = ""
    reset: int = 0
    batch: str = ""
    channel: int = 0
    hook: int = 0
    helper: str = ""

    def file(self, name: str, **changes: object) -> Need:
        """A need as its asker files it, kept with its code."""
        c = self.cast
        said = {
            "kind": "wish",
            "category": c.books,
            "community": c.north,
            "grid": c.grid_1,
            "text": f"想要几本课外书（{name}）",
            "publish_ok": True,
            "phone": "138 0000 0000",
            "name": "样例居民",
            "place_detail": "二楼东户",
        } | changes
        filed = file_need(Asked(**said), actor=Actor(), at=now(), key=c.key(), photos=[picture()])  # type: ignore[arg-type]
        self.needs[name] = Need.objects.get(pk=filed.need_id)
        self.codes[name] = filed.code
        return self.needs[name]

    def cookie(self, name: str) -> str:
        """The cookie of a browser into which the code of `name` was typed."""
        response = HttpResponse()
        tracking.remember_code(response, self.codes[name], now())
        return response.cookies[tracking.CODE_COOKIE].value

    def number(self, name: str) -> str:
        return self.needs[name].number


def build(cast: Cast) -> World:
    """Needs in every state, talked about and looked at; a batch, a notice, a helper, a registration."""
    w, clerk, water = World(cast), cast.actor("clerk"), cast.actor("liaison")
    w.file("filed")
    add_word(w.needs["filed"], actor=cast.asker(w.needs["filed"]), at=now(), text="平时晚上在家")
    answer_asker(w.needs["filed"], actor=clerk, at=now(), text="收到了，我们在找书")
    comment_need(w.needs["filed"], actor=clerk, at=now(), text="先问问图书馆")
    w.file("repair", kind="repair", category=cast.lamp, compound=cast.compound, text="路灯不亮")
    w.file("complaint", kind="complaint", category=cast.fees, text="物业费说不清", subject_kind="office")
    for name in ("published", "claimed", "delivered", "confirmed", "recorded", "thanked"):
        publish_need(w.file(name), actor=clerk, at=now(), public_text_="想要几本课外书")
    for name in ("claimed", "delivered", "confirmed", "recorded", "thanked"):
        held = claim_need(w.needs[name], actor=water, at=now(), giver=cast.water_unit, plan="周五送到")
        if name != "claimed":
            deliver_need(held, actor=water, at=now(), note="送到了", photos=[picture()])
        if name in ("confirmed", "recorded", "thanked"):
            asker = clerk if name == "recorded" else cast.asker(w.needs[name])
            record_answer(held, actor=asker, at=now(), solved=True, satisfaction="satisfied")
    thank_giver(
        w.needs["thanked"], actor=cast.asker(w.needs["thanked"]), at=now(), text="谢谢你们送来的书", agrees=True
    )
    thanked = w.needs["thanked"].commitments.get()
    agree_to_thanks(thanked, actor=water, at=now(), agrees=True)
    assign_need(w.file("at_company", kind="repair", category=cast.lamp), actor=clerk, at=now(), giver=cast.company)
    assign_need(w.file("at_housing", kind="repair", category=cast.lamp), actor=clerk, at=now(), giver=cast.housing)
    decline_need(w.file("declined"), actor=clerk, at=now(), reason="unclear", words="请到社区来说一说")
    contest_decline(w.needs["declined"], actor=cast.asker(w.needs["declined"]), at=now())
    withdraw_need(w.file("withdrawn"), actor=clerk, at=now(), words="在电话里说不要了")
    merge_need(w.file("merged"), actor=clerk, at=now(), into=w.needs["filed"])
    merge_need(w.file("joined"), actor=clerk, at=now(), into=w.needs["delivered"])
    answer_asker(w.file("waiting"), actor=clerk, at=now(), text="是给几岁的孩子看的？", ask=True)
    look_at_contact(w.needs["filed"], actor=clerk, at=now(), purpose=Look.Purpose.values[0])
    _around(w)
    return w


def _around(w: World) -> None:
    cast = w.cast
    handed = hand_in_batch(
        [Wished("想要一盏台灯", cast.books), Wished("想要一把雨伞", cast.books)],
        actor=cast.actor("factory_liaison"),
        at=now(),
        organisation=cast.factory,
        community=cast.north,
        key="batch",
    )
    w.batch = handed.batch.number
    url, told = "https://hotline.example/lianxin", ["need.filed", "need.claimed"]
    place = cast.city.scope
    hook = register_webhook(actor=cast.actor("admin"), at=now(), name="热线", url=url, scope=place, events=told)
    w.hook = hook.pk
    publish_need(handed.batch.needs.first(), actor=cast.actor("clerk"), at=now(), public_text_="想要一盏台灯")
    values = {"category": "notice", "title": "停水通知", "title_en": "No water", "body": "周三上午停水。\n请提前备水。"}
    w.post = publish_post(actor=cast.actor("clerk"), at=now(), key="post", community=cast.north, values=values).code
    water = cast.actor("liaison")
    helper = register_helper(cast.water_unit, actor=water, at=now(), key="helper", name="样例志愿者", consent=True)
    look_at(helper.chain_key, actor=water, at=now(), purpose="asked")
    w.helper = helper.code
    hand_in_registration(cast.water_unit, actor=water, at=now(), community=cast.north, kind="branch", members=12)
    invite_user(
        actor=cast.actor("town_officer"),
        at=now(),
        key="invite",
        username="new.clerk",
        name="样例新人",
        role=Role.OFFICE,
        scope=cast.north.scope,
    )
    asked = ask_reset(User.objects.get(username="grid_worker"), actor=cast.actor("clerk"), at=now(), factors=True)
    w.reset = asked.reset.pk
    _outside(w)


def _outside(w: World) -> None:
    """A group chat and a mail server; something sent, something that failed."""
    cast, admin, at = w.cast, w.cast.actor("admin"), now()
    add_channel("email", actor=admin, at=at, scope=None, address="mailtos://u:p@mail.example/?from=a@mail.example")
    group = add_channel("wecom", actor=admin, at=at, scope=cast.north.scope, address="wecombot://sample/")
    w.channel = group.pk
    for state, error in (("failed", "HTTP 200, code 93000"), ("unclear", ""), ("sent", "")):
        sent_at = at if state == "sent" else None
        row = Delivery(once=state, channel=group, state=state, due_at=at, error=error, sent_at=sent_at)
        row.digest_on = None if state == "failed" else local_day(at)
        row.save()


ACTIONS = (
    "verify",
    "publish",
    "assign",
    "decline",
    "merge",
    "correct",
    "answer_asker",
    "comment",
    "pass_up",
    "withdraw",
)
PUBLIC = (
    *("/", "/ask/", "/ask/?at=grid-1", "/ask/wish/", "/ask/repair/", "/ask/complaint/", "/ask/other/"),
    *("/ask/call_back/", "/track/", "/wishes/", "/wishes/?q=没有这样的心愿", "/board/", "/board/?q=没有"),
    *("/board/roots/", "/figures/", "/figures/data/", "/privacy/", "/accessibility/", "/login/", "/invited/"),
)
# The needs whose tracking pages differ.
ASKERS = (
    "filed",
    "delivered",
    "confirmed",
    "recorded",
    "thanked",
    "declined",
    "merged",
    "joined",
    "waiting",
    "withdrawn",
)


def staff_pages(w: World) -> dict[str, list[str]]:
    """Addresses by the name in the cast of somebody who may open them."""
    need = {name: f"/workspace/needs/{found.number}/" for name, found in w.needs.items()}
    held = ("deliver", "start", "give_back", "name_helpers")
    return {
        "clerk": [
            *(
                "/workspace/",
                "/workspace/menu/",
                "/workspace/needs/",
                "/workspace/needs/?status=all&kind=wish",
                "/workspace/needs/?q=没有",
            ),
            *(
                need[n]
                for n in ("filed", "repair", "published", "claimed", "delivered", "thanked", "declined", "merged")
            ),
            *(f"{need['filed']}{verb}/" for verb in ACTIONS),
            f"{need['delivered']}confirm/",
            f"{need['delivered']}attempt/",
            need["joined"],
            f"{need['joined']}answer_merged/",
            f"{need['waiting']}comment/",
            f"{need['claimed']}call_off/",
            f"{need['published']}unpublish/",
            "/workspace/slips/",
            f"{need['filed']}held/",
        ],
        "clerk_2": [
            *(
                "/workspace/commitments/",
                "/workspace/batches/",
                f"/workspace/batches/{w.batch}/",
                "/workspace/notices/",
                "/workspace/account/",
                "/workspace/account/security/",
                "/workspace/account/security/factor/",
                "/workspace/account/security/app/off/",
                f"/workspace/staff/resets/{w.reset}/",
            ),
            *("/workspace/board/", "/workspace/board/new/", f"/workspace/board/{w.post}/"),
            *(
                "/workspace/posters/",
                "/workspace/posters/print/?community=north&which=grids",
                "/workspace/units/",
                "/workspace/units/water-unit/",
                "/workspace/helpers/",
                f"/workspace/helpers/{w.helper}/",
            ),
            *("/workspace/places/", "/workspace/places/north/", "/workspace/figures/"),
            *("/workspace/staff/", "/workspace/staff/invite/", "/workspace/staff/people/grid_worker/"),
        ],
        "liaison": [
            *(
                "/workspace/",
                "/workspace/menu/",
                "/workspace/pool/",
                "/workspace/pool/?kind=repair",
                f"{need['published']}claim/",
            ),
            *(need["claimed"], need["delivered"], *(f"{need['claimed']}{verb}/" for verb in held)),
            *(
                "/workspace/commitments/",
                "/workspace/commitments/?state=all",
                "/workspace/batches/",
                f"/workspace/batches/{w.batch}/",
            ),
            *("/workspace/units/water-unit/", "/workspace/notices/", f"/workspace/helpers/{w.helper}/"),
        ],
        "factory_liaison": [
            "/workspace/",
            "/workspace/batches/new/",
            f"/workspace/batches/{w.batch}/",
            "/workspace/slips/",
        ],
        "grid_worker": [
            *(
                "/workspace/",
                "/workspace/menu/",
                "/workspace/needs/",
                need["filed"],
                "/workspace/posters/",
                "/workspace/places/",
            ),
            *(
                "/workspace/file/",
                "/workspace/file/?kind=wish",
                "/workspace/file/?kind=complaint",
                "/workspace/file/?kind=call_back",
            ),
            *("/workspace/on-the-spot/", "/workspace/on-the-spot/?kind=repair"),
        ],
        "town_officer": [
            *("/workspace/", "/workspace/file/?kind=community_need", need["complaint"], need["declined"]),
            *(f"{need['declined']}overturn/", f"{need['declined']}uphold/", f"{need['complaint']}assign/"),
            *("/workspace/staff/people/new.clerk/", "/workspace/units/water-unit/edit/", "/workspace/figures/"),
        ],
        "city_officer": [
            *(
                "/workspace/",
                "/workspace/needs/",
                "/workspace/batches/",
                "/workspace/board/new/",
                "/workspace/staff/",
                "/workspace/figures/",
            ),
            *("/workspace/categories/", "/workspace/categories/add/", "/workspace/categories/books/edit/"),
            *("/workspace/calls/", "/workspace/exclusions/", "/workspace/hotline/", "/workspace/hotline/take/"),
            *("/workspace/settings/", "/workspace/settings/staffing.invitation_days/", "/workspace/roster/"),
        ],
        "admin": [
            *(
                "/workspace/",
                "/workspace/menu/",
                "/workspace/import/",
                "/workspace/jobs/",
                "/workspace/channels/",
                "/workspace/channels/add/wecom/",
                "/workspace/channels/add/sms/",
                f"/workspace/channels/{w.channel}/",
                f"/workspace/channels/{w.channel}/remove/",
                "/workspace/deliveries/",
                "/workspace/deliveries/?state=sent",
                "/workspace/webhooks/",
                f"/workspace/webhooks/{w.hook}/",
                "/workspace/tallies/",
                "/workspace/looks/",
                "/workspace/erasures/",
                "/workspace/places/",
                "/workspace/places/north/",
                "/workspace/units/",
            ),
            *(f"/workspace/places/add/{kind}/" for kind in ("community", "grid", "compound")),
            *("/workspace/places/grid/grid-1/split/", "/workspace/places/grid/grid-1/merge/"),
            *(f"/workspace/places/{kind}/edit/" for kind in ("grid/grid-1", "community/north", "compound/garden")),
            *("/workspace/units/add/", "/workspace/units/water-unit/edit/", "/workspace/staff/people/clerk/"),
        ],
        "fitter": [
            "/workspace/",
            "/workspace/needs/",
            need["at_company"],
            f"{need['at_company']}deliver/",
            "/workspace/commitments/",
        ],
        "housing_officer": ["/workspace/", need["at_housing"], f"{need['at_housing']}give_back/", "/workspace/units/"],
    }
