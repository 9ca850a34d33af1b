"""Find every SQL statement of the code base: constants of the adapters, and texts that stand in functions."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lplate.adapters.sqlite.statements import ManyRows

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ADAPTERS = ROOT / "src" / "lplate" / "adapters"
LOAD_TEST = ROOT / "bot" / "lplate_bot" / "loadtest"
"""It counts in a database of its own making."""
STATEMENT = re.compile(
    r"\s*(SELECT\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|UPDATE\s+\w+\n|DELETE\s+FROM\s"
    r"|REPLACE\s+INTO\s|WITH\s+(RECURSIVE\s+)?\w+)"
)


def statements() -> dict[str, str]:
    """Return every statement of the adapters that has a plan, by module and name."""
    return dict(_constants())


def loose_texts() -> Iterator[str]:
    """Return where SQL stands elsewhere than in a constant of an adapter."""
    for folder in (ROOT / "src", ROOT / "bot"):
        for path in folder.rglob("*.py"):
            tree = ast.parse(path.read_text())
            is_place = path.is_relative_to(ADAPTERS) or path.is_relative_to(LOAD_TEST)
            allowed = _of_constants(tree) if is_place else set()
            for node in ast.walk(tree):
                if is_statement(node) and id(node) not in allowed | _docstrings(tree):
                    yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def is_statement(node: ast.AST) -> bool:
    """Return True for a text that is SQL."""
    return (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(STATEMENT.match(node.value))
    )


def _constants() -> Iterator[tuple[str, str]]:
    for path in sorted(ADAPTERS.rglob("*.py")):
        parts = path.relative_to(ROOT / "src").with_suffix("").parts
        module = import_module(".".join(parts).removesuffix(".__init__"))
        for name, value in vars(module).items():
            text = _text(value)
            if name.strip("_").isupper() and STATEMENT.match(text):
                yield f"{parts[-1]}.{name}", text


def _text(value: Any) -> str:
    if isinstance(value, ManyRows):
        return value.for_rows(2)
    return value if isinstance(value, str) else ""


def _of_constants(tree: ast.Module) -> set[int]:
    """Return the texts that are values of a module's constants."""
    assigned = (
        node.value for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value
    )
    return {id(below) for value in assigned for below in ast.walk(value)}


def _docstrings(tree: ast.Module) -> set[int]:
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
