"""The data folder, made when it is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


PRIVATE: Final = 0o700
"""Mode of a new data folder: who learns what is nobody else's business on this machine."""


def make_data_folder(folder: Path) -> None:
    """Make the data folder, with room for compiled banks, unless it is there.

    Raises:
        ConfigError: if it cannot be made.
    """
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        (folder / "banks").mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"the data folder {folder} cannot be made ({error.strerror}): mend permissions or set LPLATE_DATA"
        ) from None
