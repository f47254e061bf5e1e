"""What staff and givers can do on a need's page: one table of verb, words, form and operation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianxin.accounts.actors import Actor
from lianxin.accounts.models import ScopeKind
from lianxin.needs import operations as do
from lianxin.needs import staff_forms as f
from lianxin.needs.kinds import kind_of
from lianxin.needs.models import Commitment, Need
from lianxin.needs.rules import VERBS, refusal
from lianxin.needs.states import CommitmentStatus as C
from lianxin.needs.states import Status as S
from lianxin.needs.states import SubjectKind
from lianxin.organisations.models import Organisation

Cleaned = dict[str, Any]
Run = Callable[[Need, Commitment, Cleaned, Actor, datetime], object]


def _always(need: Need) -> bool:
    return True


@dataclass(frozen=True)
class Action:
    """`light`: its form asks the database nothing. `risk`: ends or takes away something.
    `fits`: whether it makes sense on this need, beside who may and from which state (rules.VERBS).
    `beside`: a verb without which this one is not offered."""

    verb: str
    label: str | Promise
    form: type[f.ActionForm]
    run: Run
    done: str | Promise
    light: bool = True
    risk: bool = False
    fits: Callable[[Need], bool] = _always
    hint: str | Promise = ""
    beside: str = ""


def _publishable(need: Need) -> bool:
    return need.publish_ok and kind_of(need).publishable and not need.hidden_path and not need.walled


def _contested(need: Need) -> bool:
    return need.contested_at is not None and need.upheld_at is None


def _to_be_called(need: Need) -> bool:
    answered = need.status == S.MERGED or any(c.status == C.CONFIRMED for c in need.held())
    return answered and need.pending_call is not None


def _joint_is_done(need: Need) -> bool:
    into = need.joint
    return into is not None and into.is_done and need.answered_at is None


def _giver(scope_id: str) -> Organisation:
    return Organisation.objects.get(pk=int(scope_id))


def _correct(need: Need, commitment: Commitment, said: Cleaned, actor: Actor, at: datetime) -> object:
    contact = {name: said[name] or None for name in ("place_detail", "asker_name", "asker_phone")}
    return do.correct_need(
        need,
        actor=actor,
        at=at,
        version=said["version"],
        urgency=said["urgency"],
        category=said["category"],
        public_text_=said["public_text"],
        publish_ok=said["publish_ok"],
        grid=said["grid"],
        compound=said["compound"],
        **contact,
    )


ACTIONS: dict[str, Action] = {
    a.verb: a
    for a in (
        Action(
            "verify",
            _("Verify"),
            f.VerifyForm,
            lambda n, c, s, actor, at: do.verify_need(n, actor=actor, at=at, urgency=s["urgency"], note=s["note"]),
            _("Verified. The asker sees that somebody has looked at it."),
        ),
        Action(
            "on_spot",
            _("Done at once"),
            f.DeliverForm,
            lambda n, c, s, actor, at: do.handle_need(n, actor=actor, at=at, note=s["note"], photos=s["photos"]),
            _("Well done. It counts once the asker confirms."),
            hint=_("What needs nobody else: a call made, a screw tightened. Somebody without a part in it asks."),
        ),
        Action(
            "publish",
            _("Put on the wish wall"),
            f.PublishForm,
            lambda n, c, s, actor, at: do.publish_need(n, actor=actor, at=at, public_text_=s["public_text"]),
            _("It is on the wall; units can take it on."),
            fits=_publishable,
        ),
        Action(
            "assign",
            _("Give it to someone"),
            f.AssignForm,
            lambda n, c, s, actor, at: do.assign_need(n, actor=actor, at=at, giver=s["giver"], asked=s["asked"]),
            _("Given. They find it on their desk."),
            light=False,
        ),
        Action(
            "claim",
            _("Take it on"),
            f.ClaimForm,
            lambda n, c, s, actor, at: do.claim_need(
                n,
                actor=actor,
                at=at,
                giver=_giver(s["giver"]),
                plan=s["plan"],
                planned_on=s["planned_on"],
                helpers=s["helpers"],
            ),
            _("Yours now. Thank you! You find it on your desk."),
            light=False,
        ),
        Action(
            "deliver",
            _("Done"),
            f.DeliverForm,
            lambda n, c, s, actor, at: do.deliver_need(c, actor=actor, at=at, note=s["note"], photos=s["photos"]),
            _("Well done. It counts once the asker confirms."),
        ),
        Action(
            "start",
            _("Begin"),
            f.StartForm,
            lambda n, c, s, actor, at: do.start_work(c, actor=actor, at=at, plan=s["plan"]),
            _("Noted: you have begun."),
        ),
        Action(
            "confirm",
            _("Record the asker's answer"),
            f.AnswerForm,
            lambda n, c, s, actor, at: do.record_answer(
                c,
                actor=actor,
                at=at,
                solved=s["solved"],
                satisfaction=s["satisfaction"],
                words=s["words"],
            ),
            _("The answer is recorded."),
            hint=_("After a call, a visit or a slip. It counts as recorded for the asker."),
        ),
        Action(
            "attempt",
            _("Not reached today"),
            f.NothingForm,
            lambda n, c, s, actor, at: do.record_attempt(c, actor=actor, at=at),
            _("Noted. Please try again on another day."),
            hint=_("You called or visited and did not reach the asker. One attempt a day counts."),
            beside="confirm",
        ),
        Action(
            "agree_thanks",
            _("Decide about the thanks"),
            f.ThanksShownForm,
            lambda n, c, s, actor, at: do.agree_to_thanks(c, actor=actor, at=at, agrees=s["agrees"]),
            _("Noted."),
            fits=lambda n: bool(n.shown_thanks),
            hint=_("The asker would let them be shown, without a name. You decide, and may decide anew."),
        ),
        Action(
            "answer_merged",
            _("Record the asker's answer"),
            f.AnswerForm,
            lambda n, c, s, actor, at: do.answer_merged(
                n, actor=actor, at=at, solved=s["solved"], satisfaction=s["satisfaction"], words=s["words"]
            ),
            _("The answer is recorded."),
            fits=_joint_is_done,
            hint=_("What was merged with it is done. Not solved for this asker: it stands for itself again."),
        ),
        Action(
            "attempt_merged",
            _("Not reached today"),
            f.NothingForm,
            lambda n, c, s, actor, at: do.record_attempt_merged(n, actor=actor, at=at),
            _("Noted. Please try again on another day."),
            fits=_joint_is_done,
            beside="answer_merged",
        ),
        Action(
            "second_call",
            _("Second call"),
            f.SecondCallForm,
            lambda n, c, s, actor, at: do.record_second_call(n, actor=actor, at=at, **s),
            _("The call is recorded."),
            fits=_to_be_called,
            hint=_("Picked by chance: call the asker and say whether the recorded answer is right."),
        ),
        Action(
            "overturn",
            _("Side with the asker"),
            f.NothingForm,
            lambda n, c, s, actor, at: do.overturn_decline(n, actor=actor, at=at),
            _("It is open again; the office starts anew."),
            fits=_contested,
        ),
        Action(
            "uphold",
            _("Side with the office"),
            f.UpholdForm,
            lambda n, c, s, actor, at: do.uphold_decline(n, actor=actor, at=at, words=s["words"]),
            _("Decided. The asker reads why."),
            fits=_contested,
        ),
        Action(
            "answer_asker",
            _("Write to the asker"),
            f.AskForm,
            lambda n, c, s, actor, at: do.answer_asker(
                n, actor=actor, at=at, text=s["text"], ask=s["ask"], key=s["key"]
            ),
            _("The asker reads it on the tracking page."),
        ),
        Action(
            "comment",
            _("Leave a remark inside"),
            f.RemarkForm,
            lambda n, c, s, actor, at: do.comment_need(
                n, actor=actor, at=at, text=s["text"], heard=s.get("heard", False), key=s["key"]
            ),
            _("Noted, inside only."),
        ),
        Action(
            "take_back",
            _("Take back my last step"),
            f.NothingForm,
            lambda n, c, s, actor, at: do.take_back(n, actor=actor, at=at),
            _("Taken back; it stands as before."),
            hint=_("You pressed it by mistake: it stands as before, and whoever was told hears of it."),
        ),
        Action(
            "name_helpers",
            _("Name who helps"),
            f.HelpersForm,
            lambda n, c, s, actor, at: do.name_helpers(c, actor=actor, at=at, helpers=s["helpers"]),
            _("Named."),
            light=False,
        ),
        Action("correct", _("Correct"), f.CorrectForm, _correct, _("Corrected."), light=False),
        Action(
            "merge",
            _("Merge with another"),
            f.MergeForm,
            lambda n, c, s, actor, at: do.merge_need(n, actor=actor, at=at, into=s["into"]),
            _("Merged: it counts once; both askers hear."),
            light=False,
        ),
        Action(
            "unmerge",
            _("Not the same: take apart"),
            f.NothingForm,
            lambda n, c, s, actor, at: do.unmerge_need(n, actor=actor, at=at),
            _("Taken apart; it stands where it stood before."),
        ),
        Action(
            "unpublish",
            _("Take off the wall"),
            f.NothingForm,
            lambda n, c, s, actor, at: do.unpublish_need(n, actor=actor, at=at),
            _("Taken off the wall; it waits on your desk."),
        ),
        Action(
            "pass_up",
            _("Pass to the next level"),
            f.NoteForm,
            lambda n, c, s, actor, at: do.pass_up(n, actor=actor, at=at, note=s["note"]),
            _("Passed on, with its history."),
            fits=lambda n: n.handler.kind != ScopeKind.CITY,
        ),
        Action(
            "pass_down",
            _("Pass to the community office"),
            f.NoteForm,
            lambda n, c, s, actor, at: do.pass_down(n, actor=actor, at=at, note=s["note"]),
            _("Passed on, with its history."),
            fits=lambda n: (
                n.handler_id != n.community_id and not n.hidden_path and n.subject_kind != SubjectKind.SYSTEM
            ),
        ),
        Action(
            "give_back",
            _("Give it back"),
            f.GiveBackForm,
            lambda n, c, s, actor, at: do.give_back(c, actor=actor, at=at, reason=s["reason"], words=s["words"]),
            _("Given back. Somebody else will see to it."),
            risk=True,
        ),
        Action(
            "call_off",
            _("Take it back from the giver"),
            f.WordsForm,
            lambda n, c, s, actor, at: do.call_off(c, actor=actor, at=at, words=s["words"]),
            _("Taken back; it waits for someone else."),
            risk=True,
        ),
        Action(
            "decline",
            _("Decline"),
            f.DeclineForm,
            lambda n, c, s, actor, at: do.decline_need(
                n,
                actor=actor,
                at=at,
                reason=s["reason"],
                words=s["words"],
                right_owner=s["right_owner"],
            ),
            _("Declined. The asker reads why and may object once."),
            risk=True,
        ),
        Action(
            "decide_exclusion",
            _("Leave it out of the rates?"),
            f.DecideForm,
            lambda n, c, s, actor, at: do.decide_exclusion(n, actor=actor, at=at, approved=s["approved"]),
            _("Decided."),
            fits=lambda n: n.exclusion_asked_by_id is not None,
            hint=_("Somebody asked for it; you are the second person. What was said stands on this page."),
        ),
        Action(
            "ask_exclusion",
            _("Leave it out of the rates"),
            f.ExcludeForm,
            lambda n, c, s, actor, at: do.ask_exclusion(n, actor=actor, at=at, **s),
            _("Asked. It counts until a second person agrees."),
            fits=lambda n: n.exclusion_asked_by_id is None and n.excluded_at is None,
            hint=_("It counts in no rate then; how many are left out stands beside every rate."),
        ),
        Action(
            "take_back_exclusion",
            _("Let it count again"),
            f.NothingForm,
            lambda n, c, s, actor, at: do.take_back_exclusion(n, actor=actor, at=at),
            _("It counts as before."),
            fits=lambda n: n.exclusion_asked_by_id is not None or n.excluded_at is not None,
        ),
        Action(
            "withdraw",
            _("Withdraw for the asker"),
            f.WithdrawForm,
            lambda n, c, s, actor, at: do.withdraw_need(n, actor=actor, at=at, words=s["words"]),
            _("Withdrawn."),
            risk=True,
            hint=_("Only when the asker said that it is no longer wanted."),
        ),
    )
}

# What the asker does on the tracking page, and the reply to the hotline in its list.
NOT_HERE = {
    *("answer_again", "contest", "still_wanted", "correct_own", "add_word", "thank"),
    "reply_hotline",
}

# What is offered first, by the need's state, after what the kind begins with; the rest follows in the table's order.
FIRST: dict[str, tuple[str, ...]] = {
    S.FILED: ("verify", "publish", "assign", "on_spot"),
    S.VERIFIED: ("publish", "assign", "on_spot"),
    S.PUBLISHED: ("claim", "assign"),
    S.CLAIMED: ("start", "deliver", "answer_asker"),
    S.UNDER_WAY: ("deliver", "answer_asker"),
    S.DELIVERED: ("confirm", "attempt"),
    S.CLOSED_UNANSWERED: ("confirm",),
    S.CONFIRMED: ("second_call",),
    S.DECLINED: ("overturn", "uphold"),
    S.MERGED: ("answer_merged", "attempt_merged", "second_call"),
}


@dataclass(frozen=True)
class Offer:
    """An action that the actor can take now, on which commitment."""

    action: Action
    commitment: Commitment | None
    several: bool = False


def can(actor: Actor, need: Need, verb: str, commitment: Commitment | None = None) -> bool:
    """Whether `verb` is open to `actor` now."""
    return refusal(actor, need, verb, commitment) is None


def offers(actor: Actor, need: Need) -> list[Offer]:
    """Every action open to `actor` now, the most likely first."""
    held = need.held()
    found = []
    for action in ACTIONS.values():
        if need.status not in VERBS[action.verb].states or not action.fits(need):
            continue
        if VERBS[action.verb].commitment:
            verbs = [verb for verb in (action.verb, action.beside) if verb]
            open_to = [c for c in held if all(can(actor, need, verb, c) for verb in verbs)]
            found += [Offer(action, c, len(open_to) > 1) for c in open_to]
        elif can(actor, need, action.verb):
            found.append(Offer(action, None))
    first = FIRST.get(need.status, ())
    if need.status in (S.FILED, S.VERIFIED):
        first = (kind_of(need).begins_with, *first)
    order = list(ACTIONS)
    return sorted(
        found,
        key=lambda o: (
            first.index(o.action.verb) if o.action.verb in first else len(first),
            order.index(o.action.verb),
        ),
    )
