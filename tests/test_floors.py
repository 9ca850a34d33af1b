"""The floors of the house: imports run downwards only."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = {"lplate_native": ROOT / "native", "lplate": ROOT / "src", "lplate_bot": ROOT / "bot"}
DRIVERS = ("apsw", "sqlite3", "psycopg", "redis", "aio_pika", "nats")
STANDARD_BUT_IMPURE = ("asyncio", "time", "random", "os", "pathlib", "socket", "threading", "logging")

# module prefix -> what no module below it may import
FORBIDDEN = {
    "lplate_native": ("lplate", "lplate_bot", "telegram", *DRIVERS),
    "lplate.domain": ("lplate.", "lplate_native", "telegram", *DRIVERS, *STANDARD_BUT_IMPURE),
    "lplate.ports": ("lplate.adapters", "lplate_native", *DRIVERS),
    "lplate.trainer": ("lplate.adapters", "lplate.config", "lplate.importing", "lplate.wiring", *DRIVERS),
    "lplate.commit": ("lplate.adapters", "lplate.config", "lplate.trainer", "lplate.wiring", *DRIVERS),
    "lplate.importing": ("lplate.adapters", "lplate.config", "lplate.trainer", "lplate.wiring", *DRIVERS),
    "lplate.adapters": ("lplate.trainer", "lplate.wiring", "lplate.config", "lplate.importing"),
    "lplate": ("lplate_bot", "telegram", "aiohttp"),
    "lplate_bot": ("lplate.wiring", "lplate.adapters", *DRIVERS),
}
EXCEPT = {
    # values are made and orders computed there; nothing is kept
    "lplate.domain": ("lplate.domain", "lplate_native.values", "lplate_native.shuffling"),
    "lplate_bot": (
        "lplate_bot.app",
        "lplate_bot.assembly",
        "lplate_bot.cli",
        "lplate_bot.commands",
        "lplate_bot.playground",
        "lplate_bot.loadtest",
    ),
}


def modules() -> Iterator[tuple[str, Path]]:
    for package, folder in SOURCES.items():
        for path in (folder / package).rglob("*.py"):
            yield ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__"), path


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def is_within(name: str, prefix: str) -> bool:
    return (
        name.startswith(prefix) if prefix.endswith(".") else name == prefix or name.startswith(prefix + ".")
    )


@pytest.mark.parametrize("floor", FORBIDDEN)
def test_imports_run_downwards(floor: str) -> None:
    """No module reaches a floor that its own must not know."""
    exceptions = EXCEPT.get(floor, ())
    wrong = [
        f"{module} imports {name}"
        for module, path in modules()
        if is_within(module, floor)
        and not any(is_within(module, other) for other in exceptions if other != floor)
        for name in sorted(imported(path))
        if any(is_within(name, prefix) for prefix in FORBIDDEN[floor])
        and not any(is_within(name, allowed) for allowed in exceptions)
    ]
    assert not wrong


def test_adapters_do_not_know_each_other() -> None:
    """An adapter can be taken out without touching another."""
    wrong = []
    for module, path in modules():
        parts = module.split(".")
        if parts[:2] != ["lplate", "adapters"] or len(parts) < 3:
            continue
        own = ".".join(parts[:3])
        wrong += [
            f"{module} imports {name}"
            for name in imported(path)
            if is_within(name, "lplate.adapters") and not is_within(name, own)
        ]
    assert not wrong


def test_no_import_cycle() -> None:
    """Modules can be read from the bottom up."""
    known = dict(modules())
    graph = {module: runtime_imports(path, known) - {module} for module, path in known.items()}
    done: set[str] = set()
    while ready := {module for module in graph.keys() - done if graph[module] <= done}:
        done |= ready
    assert not graph.keys() - done


def runtime_imports(path: Path, known: Mapping[str, Path]) -> set[str]:
    """Return the modules imported when this one is, so not under TYPE_CHECKING nor inside functions."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            below = {f"{node.module}.{alias.name}" for alias in node.names} & known.keys()
            names |= below or {node.module or ""}
    return names & known.keys()


def test_every_test_says_its_promise() -> None:
    """A test without a docstring is a test whose purpose has to be guessed."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert not silent


def test_files_stay_short() -> None:
    """No source file grows past 400 lines."""
    long = {
        str(path.relative_to(ROOT)): count
        for folder in (*SOURCES.values(), ROOT / "tests", ROOT / "bench")
        for pattern in ("*.py", "*.pyx", "*.pxd", "*.js", "*.css")
        for path in folder.rglob(pattern)
        if (count := len(path.read_text().splitlines())) > 400
    }
    assert not long
