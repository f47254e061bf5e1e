"""What changes channels, choices and deliveries."""

from lianxin.channels.operations.choosing import choose_channels, forget_choice
from lianxin.channels.operations.delivering import (
    forget_deliveries,
    note_failed,
    note_not_needed,
    note_sent,
    note_too_often,
    plan_deliveries,
    settle_lost,
    take_delivery,
)
from lianxin.channels.operations.setting_up import (
    add_channel,
    change_channel,
    remove_channel,
    send_again,
    switch_channel,
    try_channel,
)

__all__ = [
    "add_channel",
    "change_channel",
    "choose_channels",
    "forget_choice",
    "forget_deliveries",
    "note_failed",
    "note_not_needed",
    "note_sent",
    "note_too_often",
    "plan_deliveries",
    "remove_channel",
    "send_again",
    "settle_lost",
    "switch_channel",
    "take_delivery",
    "try_channel",
]
