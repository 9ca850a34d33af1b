"""Check a call's parameters against the API's description.

`botapi.json` (Telegram Bot API 10.1, names and types only) is compiled once into converters. A parameter
may come as JSON or as text, as the API allows: "5" for 5, "true" for true, an object as its JSON. What the
description does not know is ignored, as Telegram does. A value of the wrong type is refused; Telegram would
often take it for zero, which hides the caller's mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import msgspec

from lplate_bot.playground.errors import ApiError, bad_request
from lplate_bot.playground.files import Upload

Converter = Callable[[Any, str], Any]
"""Takes a raw value and the name of its field, returns the typed value; raises Mismatch."""

ARRAY: Final = "Array of "
YES: Final = frozenset({"true", "yes", "1"})
NO: Final = frozenset({"false", "no", "0"})

OPTIONAL: Final = frozenset({("setWebhook", "url")})
"""Required by the description, but an empty value has a meaning."""

MISSING: Final = {
    "chat_id": "chat_id is empty",
    "from_chat_id": "chat_id is empty",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "text": "message text is empty",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
    "action": "wrong parameter action in request",
    "user_id": "invalid user_id specified",
    "file_id": "invalid file_id specified",
    "callback_query_id": "query is too old and response timeout expired or query ID is invalid",
}
UNPARSABLE: Final = {
    "reply_markup": "can't parse inline keyboard button",
    "entities": "can't parse entities",
    "caption_entities": "can't parse entities",
    "media": "can't parse InputMedia",
    "reply_parameters": "can't parse reply parameters",
    "commands": "can't parse list of bot commands",
    "reaction": "can't parse reaction types",
}


class Mismatch(Exception):  # noqa: N818 -- a finding, always turned into an ApiError
    """A value does not fit the described type."""


@dataclass(frozen=True, slots=True)
class MethodDescription:
    """One method's compiled parameters and the type it returns."""

    name: str
    returns: str
    converters: Mapping[str, Converter]
    required: tuple[str, ...]

    def check(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Return the typed parameters; empty text and null count as absent.

        Raises:
            ApiError: 400, naming what is missing or wrong.
        """
        typed = {}
        for name, value in raw.items():
            convert = self.converters.get(name)
            if convert is None or value is None or value == "":
                continue
            try:
                typed[name] = convert(value, name)
            except Mismatch as finding:
                raise unparsable(name, finding) from None
        for name in self.required:
            if name not in typed:
                raise bad_request(MISSING.get(name, f'parameter "{name}" is required'))
        return typed


def unparsable(name: str, finding: Mismatch) -> ApiError:
    """Return the error for a parameter that does not fit its type."""
    words = UNPARSABLE.get(name) or f"can't parse parameter {name}"
    return bad_request(f"{words}: {finding}")


@cache
def described_methods() -> Mapping[str, MethodDescription]:
    """Return the API's methods, compiled once in the life of the process."""
    return MappingProxyType(compile_methods(load_description()))


def load_description() -> dict[str, Any]:
    """Return the description as it is stored."""
    source = files("lplate_bot.playground").joinpath("botapi.json")
    return msgspec.json.decode(source.read_bytes(), type=dict[str, Any])


def compile_methods(description: Mapping[str, Any]) -> dict[str, MethodDescription]:
    """Return each method by its name in lower case: Telegram takes method names in any case."""
    compiler = _Compiler(description["types"])
    return {
        name.lower(): MethodDescription(
            name,
            method["returns"],
            {
                field: compiler.converter(kind.removesuffix("!"))
                for field, kind in method["parameters"].items()
            },
            tuple(
                field
                for field, kind in method["parameters"].items()
                if kind.endswith("!") and (name, field) not in OPTIONAL
            ),
        )
        for name, method in description["methods"].items()
    }


class _Compiler:
    """Build converters; each described type is built once and may refer to itself."""

    def __init__(self, types: Mapping[str, Any]) -> None:
        self._types = types
        self._built: dict[str, Converter] = dict(SCALARS)

    def converter(self, kind: str) -> Converter:
        if kind not in self._built:
            # Until it is built, the type is looked up when a value comes: a type may contain itself.
            self._built[kind] = partial(self._convert_later, kind)
            self._built[kind] = self._build(kind)
        return self._built[kind]

    def _convert_later(self, kind: str, value: Any, field: str) -> Any:
        return self._built[kind](value, field)

    def _build(self, kind: str) -> Converter:
        if kind.startswith(ARRAY):
            return _array(self.converter(kind.removeprefix(ARRAY)))
        if "|" in kind:
            return self._alternatives(kind.split("|"))
        described = self._types[kind]
        if "tag" in described:
            return self._tagged(kind, described["tag"], described["variants"])
        if "variants" in described:
            return self._alternatives(described["variants"])
        return self._structure(described["fields"])

    def _alternatives(self, kinds: list[str]) -> Converter:
        if "Integer" in kinds:
            return _integer_or_text
        if "InputFile" in kinds:
            return _file
        choices = [(self._required_fields(kind), self.converter(kind)) for kind in kinds]

        def convert(value: Any, field: str) -> Any:
            value = _object(value, field)
            for required, choice in choices:
                if required <= value.keys():
                    return choice(value, field)
            return choices[0][1](value, field)

        return convert

    def _required_fields(self, kind: str) -> frozenset[str]:
        fields = self._types[kind]["fields"]
        return frozenset(name for name, kind in fields.items() if kind.endswith("!"))

    def _tagged(self, kind: str, tag: str, variants: Mapping[str, str]) -> Converter:
        choices = {constant: self.converter(variant) for constant, variant in variants.items()}

        def convert(value: Any, field: str) -> Any:
            value = _object(value, field)
            choice = choices.get(str(value.get(tag)))
            if choice is None:
                raise Mismatch(f"unsupported {kind} {tag} specified")
            return choice(value, field)

        return convert

    def _structure(self, fields: Mapping[str, str]) -> Converter:
        converters = {name: self.converter(kind.removesuffix("!")) for name, kind in fields.items()}
        required = tuple(name for name, kind in fields.items() if kind.endswith("!"))

        def convert(value: Any, field: str) -> Any:
            value = _object(value, field)
            typed = {
                name: converters[name](item, name)
                for name, item in value.items()
                if name in converters and item is not None
            }
            for name in required:
                if name not in typed:
                    raise Mismatch(f'Can\'t find field "{name}"')
            return typed

        return convert


def _integer(value: Any, field: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
    raise Mismatch(f'Field "{field}" must be of type Number')


def _number(value: Any, field: str) -> float:
    if isinstance(value, float):
        return value
    try:
        return float(value) if isinstance(value, str) else _integer(value, field)
    except ValueError:
        raise Mismatch(f'Field "{field}" must be of type Number') from None


def _text(value: Any, field: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    raise Mismatch(f'Field "{field}" must be of type String')


def _boolean(value: Any, field: str) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else str(value)
    if word in YES:
        return True
    if word in NO:
        return False
    raise Mismatch(f'Field "{field}" must be of type Boolean')


def _integer_or_text(value: Any, field: str) -> int | str:
    try:
        return _integer(value, field)
    except Mismatch:
        return _text(value, field)


def _file(value: Any, field: str) -> Any:
    """Let an upload or text by: `files.py` tells a file_id, an URL and attach:// apart."""
    return value if isinstance(value, Upload) else _text(value, field)


def _parsed(value: Any) -> Any:
    """Return the value that a text holds as JSON."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        raise Mismatch("can't parse JSON") from None


def _object(value: Any, field: str) -> dict[str, Any]:
    value = _parsed(value)
    if not isinstance(value, dict):
        raise Mismatch(f'Field "{field}" must be of type Object')
    return value


def _anything(value: Any, _field: str) -> Any:
    """Let a structure by that the extract leaves out."""
    return _parsed(value)


def _array(item: Converter) -> Converter:
    def convert(value: Any, field: str) -> list[Any]:
        value = _parsed(value)
        if not isinstance(value, list):
            raise Mismatch(f'Field "{field}" must be of type Array')
        return [item(each, field) for each in value]

    return convert


SCALARS: Final[Mapping[str, Converter]] = {
    "Integer": _integer,
    "Float": _number,
    "String": _text,
    "Boolean": _boolean,
    "InputFile": _file,
    "Object": _anything,
}
