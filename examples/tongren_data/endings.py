"""How needs end otherwise than confirmed: declined, merged, withdrawn; and the few that stay open long."""

import random
from datetime import datetime, timedelta

from tongren_data.book import END
from tongren_data.need import Need

OLD_AND_OPEN = 14
REPEATS = 105

_NOT_OURS = (
    ("属于供电企业管理范围，已转告", "供电企业"),
    ("属于水务企业管理范围，已转告", "供水企业"),
    ("属于户内设施，由住户自行维修", "住户本人"),
    ("属于通信企业的线路，已代为联系", "通信企业"),
    ("需向政务服务大厅申请，已告知材料", "政务服务大厅"),
    ("属于法院受理范围，已告知途径", "法院"),
    ("在质保期内，由建设单位负责", "建设单位"),
)
_UNCLEAR = ("描述不清，两次联系未能核实位置", "现场没有找到所说的情况", "内容不完整，联系后没有补充")
_NOT_POSSIBLE = (
    "现有场地不具备条件",
    "需要上级立项，本年度无法安排",
    "超出心愿的范围，已说明",
    "涉及业主共有部分，需业主大会决定",
)
_MISUSE = ("内容为广告", "空白或测试内容", "与社区事务无关")
_WITHDRAWN = ("本人说已经不需要了", "家里人已经办好", "已自行修好", "本人改变主意", "重复提交，本人撤回")
_AFTER_NO = (
    "未解决，本人同意等改造项目一并处理，撤回",
    "未解决，本人另找人修好，撤回",
    "未解决，本人说不再需要，撤回",
    "未解决，已告知其他途径，本人撤回",
)
_UNANSWERED = "两次回访未接通，满十五天办结"


def merge_repeats(needs: list[Need], rng: random.Random) -> None:
    """Turn some needs into repeats of one filed shortly before in the same community and category."""
    needs.sort(key=lambda n: n.life.filed_at)
    done = 0
    targets: set[int] = set()
    order = list(range(len(needs)))
    rng.shuffle(order)
    for i in order:
        if done == REPEATS:
            return
        need = needs[i]
        if need.category.kind in ("wish", "call_back", "complaint") or i in targets or need.merged_into:
            continue
        for j in range(i - 1, max(i - 120, -1), -1):
            first = needs[j]
            if _repeats(need, first):
                if _merge(need, first, rng):
                    targets.add(j)
                    done += 1
                break


def _repeats(need: Need, first: Need) -> bool:
    same = (need.community, need.category) == (first.community, first.category)
    near = need.life.filed_at - first.life.filed_at < timedelta(days=4)
    same_place = not (need.compound and first.compound) or need.compound == first.compound
    lasting = first.merged_into is None and first.life.end in ("", "closed_unanswered")
    return same and near and same_place and lasting


def _merge(need: Need, first: Need, rng: random.Random) -> bool:
    life = need.life
    responded = life.responded_at
    if responded is None:
        return False
    at = responded + timedelta(minutes=rng.randint(0, 90))
    if at > END or (first.life.delivered_at or at) < at:
        return False
    merge_into(need, first, at)
    return True


def merge_into(need: Need, first: Need, at: datetime) -> None:
    """End `need` as a repeat of `first`."""
    life = need.life
    life.verified_at = life.published_at = life.claimed_at = life.started_at = None
    life.delivered_at = life.answered_at = life.solved = None
    life.satisfaction, life.reopened_count = "", 0
    life.end, life.ended_at = "merged", at
    need.merged_into = first


def leave_a_few_open(needs: list[Need], rng: random.Random) -> None:
    """Some hard ones older than five weeks are still waiting for a giver or under way."""
    targets = {id(n.merged_into) for n in needs}
    hard = [
        n
        for n in needs
        if timedelta(days=36) < END - n.life.filed_at < timedelta(days=95)
        and n.category.code in ("road", "roof-leak", "benches", "learning", "notice-board")
        and n.life.end == ""
        and n.life.reopened_count == 0
        and id(n) not in targets
    ]
    for need in rng.sample(hard, min(OLD_AND_OPEN, len(hard))):
        life = need.life
        life.delivered_at = life.answered_at = life.ended_at = life.solved = None
        life.satisfaction = ""
        if life.published_at and rng.random() < 0.4:
            life.claimed_at = life.started_at = None


def describe_end(need: Need, rng: random.Random) -> None:
    """The words beside an end that is not a confirmation."""
    life = need.life
    if life.end == "declined":
        need.decline_reason = rng.choices(("not_ours", "unclear", "not_possible", "misuse"), (50, 20, 24, 6))[0]
        if need.decline_reason == "not_ours":
            need.end_reason, need.right_owner = rng.choice(_NOT_OURS)
        else:
            words = {"unclear": _UNCLEAR, "not_possible": _NOT_POSSIBLE, "misuse": _MISUSE}[need.decline_reason]
            need.end_reason = rng.choice(words)
    elif life.end == "withdrawn":
        need.end_reason = rng.choice(_WITHDRAWN if life.solved is None else _AFTER_NO)
    elif life.end == "merged":
        need.end_reason = "与先前的同一件事合并办理"
    elif life.end == "closed_unanswered":
        need.end_reason = _UNANSWERED
