from collections.abc import Iterable
from typing import Self, final

@final
class Template:
    def __new__(cls, parts: Iterable[bytes | int]) -> Self: ...
    def fill(self, values: tuple[bytes | int, ...], /) -> bytes: ...
