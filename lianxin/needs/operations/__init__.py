"""The operations of the pipeline: one verb each, the only code that changes a need."""

from lianxin.needs.operations.answering import (
    agree_to_thanks,
    answer_merged,
    close_unanswered,
    contest_decline,
    overturn_decline,
    record_answer,
    record_attempt,
    record_attempt_merged,
    still_wanted,
    thank_giver,
    uphold_decline,
    withdraw_need,
)
from lianxin.needs.operations.batches import HandedIn, Wished, hand_in_batch
from lianxin.needs.operations.erasing import erase_contact, erase_on_request, erase_words, may_ask_for_erasure
from lianxin.needs.operations.escalating import escalate_need, remind_of_need, stop_waiting
from lianxin.needs.operations.excluding import ask_exclusion, decide_exclusion, take_back_exclusion
from lianxin.needs.operations.filing import MAX_PHOTOS, Asked, Filed, file_need
from lianxin.needs.operations.giving import (
    call_off,
    claim_batch,
    claim_need,
    deliver_need,
    give_back,
    lapse_claim,
    name_helpers,
    start_work,
)
from lianxin.needs.operations.hotline import reply_to_hotline, take_hotline_cases
from lianxin.needs.operations.looking import look_at_contact
from lianxin.needs.operations.merging import merge_need, unmerge_need
from lianxin.needs.operations.own import correct_own
from lianxin.needs.operations.second_calls import record_second_call
from lianxin.needs.operations.spot import handle_need, handle_on_the_spot
from lianxin.needs.operations.talking import add_word, answer_asker, comment_need
from lianxin.needs.operations.triage import (
    assign_need,
    correct_need,
    decline_need,
    pass_down,
    pass_up,
    publish_need,
    unpublish_need,
    verify_need,
)
from lianxin.needs.operations.undoing import take_back

__all__ = [
    "MAX_PHOTOS",
    "Asked",
    "Filed",
    "HandedIn",
    "Wished",
    "add_word",
    "agree_to_thanks",
    "answer_asker",
    "answer_merged",
    "ask_exclusion",
    "assign_need",
    "call_off",
    "claim_batch",
    "claim_need",
    "close_unanswered",
    "comment_need",
    "contest_decline",
    "correct_need",
    "correct_own",
    "decide_exclusion",
    "decline_need",
    "deliver_need",
    "erase_contact",
    "erase_on_request",
    "erase_words",
    "escalate_need",
    "file_need",
    "give_back",
    "hand_in_batch",
    "handle_need",
    "handle_on_the_spot",
    "lapse_claim",
    "look_at_contact",
    "may_ask_for_erasure",
    "merge_need",
    "name_helpers",
    "overturn_decline",
    "pass_down",
    "pass_up",
    "publish_need",
    "record_answer",
    "record_attempt",
    "record_attempt_merged",
    "record_second_call",
    "remind_of_need",
    "reply_to_hotline",
    "start_work",
    "still_wanted",
    "stop_waiting",
    "take_back",
    "take_back_exclusion",
    "take_hotline_cases",
    "thank_giver",
    "unmerge_need",
    "unpublish_need",
    "uphold_decline",
    "verify_need",
    "withdraw_need",
]
