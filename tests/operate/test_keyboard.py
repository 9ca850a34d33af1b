"""Keys of a terminal, and Ctrl-C among them."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

from lplate_bot.watch.keyboard import CTRL_C, keyboard

if TYPE_CHECKING:
    import pytest


class Swallowing:
    """Swallow what is raised while it goes, as every destructor does."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_is_a_key_wherever_it_comes(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SIGINT is read as Ctrl-C even in a destructor, where exceptions are lost; later it raises again."""
    former = signal.getsignal(signal.SIGINT)
    with (tmp_path_factory.mktemp("no terminal") / "stdin").open("w+") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        with keyboard() as wait:
            assert not wait(0.0)
            Swallowing()
            assert wait(0.0) == CTRL_C
            assert not wait(0.0)
    assert signal.getsignal(signal.SIGINT) is former
