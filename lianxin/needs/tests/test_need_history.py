"""What the history on a need's page says, and its bar of steps."""

import ast
import inspect
import pkgutil

import pytest

from lianxin.history import chain
from lianxin.needs import operations, timeline
from lianxin.needs.reading import steps
from lianxin.needs.states import Status
from lianxin.needs.tests.test_need_page import in_all_hands
from tests.cast import Cast


def settled_codes() -> set[str]:
    """Every history code that the operations write on a need, read from their source."""
    found = set()
    for module in pkgutil.iter_modules(operations.__path__, operations.__name__ + "."):
        source = inspect.getsource(__import__(module.name, fromlist=["_"]))
        for call in ast.walk(ast.parse(source)):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if name in ("settle", "_hand_over"):
                index = {"settle": 1, "_hand_over": 2}[name]
                if isinstance(call.args[index], ast.Constant):
                    found.add(f"need.{call.args[index].value}")
    # Written without `settle`: filing makes the chain, erasing moves no state; some name one of two.
    others = "filed confirmed not_solved contact_erased words_erased escalated passed_on regridded"
    talk = "asked answered commented heard"
    return found | {f"need.{code}" for code in f"{others} {talk}".split()}


def test_every_code_that_operations_write_has_its_sentence() -> None:
    codes = settled_codes()
    assert len(codes) > 25
    assert codes == set(timeline.SENTENCES.codes())


def test_an_unknown_code_shows_itself_and_a_known_one_reads_as_a_sentence(cast: Cast) -> None:
    need = in_all_hands(cast)
    entries = chain.of(need)
    lines = timeline.render(entries)
    assert not any("%(" in line.what or line.what.startswith("need.") for line in lines)
    entries[0].code = "need.unheard_of"
    assert timeline.render(entries)[-1].what == "need.unheard_of"


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("published", [False, True])
def test_the_bar_of_steps_stands_in_every_state(cast: Cast, status: str, published: bool) -> None:
    need = cast.ask()
    need.status = status
    need.published_at = cast.clock() if published or status == Status.PUBLISHED else None
    bar = steps(need)
    assert 2 <= len(bar) <= 6
    now = [step.state for step in bar].count("now")
    assert now == (0 if status in (Status.CONFIRMED, Status.CLOSED_UNANSWERED) else 1)
