"""What is installed is whole: data beside code, and a bot that runs where nothing of the source tree is."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from zipfile import ZipFile

import aiohttp
import pytest

from e2e.terminal import Terminal, without_settings
from playing import add_compiled_banks, bank_questions

DIST = Path(__file__).parents[2] / "dist"
TAG = f"cp{sys.version_info.major}{sys.version_info.minor}"
PARTS = (
    "lplate/py.typed",
    "lplate/data/banks/core/bank.yaml",
    "lplate/data/locale/de/LC_MESSAGES/lplate.mo",
    "lplate/adapters/sqlite/migrations/0001_initial.sql",
    "lplate_bot/py.typed",
    "lplate_bot/playground/botapi.json",
    "lplate_bot/playground/page/index.html",
    "lplate_bot/render/neutral.png",
    "lplate_native/py.typed",
    "lplate_native/lru.pyi",
)
"""What an installation cannot do without, beside the modules themselves."""
SOURCES = re.compile(r"\.(pyx|pxd|c|h|txt\.in)$|^(tests|bench|docs)/")
COMPILED = ("bucket", "hashing", "histogram", "index", "lru", "seen")
PACKAGES = ("lplate", "lplate_bot", "lplate_native")
WHERE = f"import {', '.join(PACKAGES)}; print({', '.join(f'{name}.__file__' for name in PACKAGES)})"


@pytest.fixture(scope="module")
def wheel() -> Path:
    """Return the built wheel for this interpreter."""
    found = sorted(DIST.glob(f"lplate-*-{TAG}-*.whl"))
    if not found:
        pytest.skip(f"no wheel for {TAG} in dist: run make wheel")
    return found[-1]


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment with the wheel in it; its dependencies are those of this interpreter."""
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--quiet")
    subprocess.run([*pip, "install", "--no-deps", "--no-index", str(wheel)], check=True)
    paths = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text("\n".join(sorted(paths)) + "\n")
    return folder


@pytest.mark.parametrize("part", PARTS)
def test_installed_part(part: str) -> None:
    """The data that the code asks for is found by importlib.resources and is not empty."""
    package, _, path = part.partition("/")
    assert (files(package) / path).read_bytes() is not None
    assert part.endswith("py.typed") or (files(package) / path).read_bytes()


def test_entry_point() -> None:
    """Installing the distribution gives the command `lplate`."""
    (script,) = entry_points(group="console_scripts", name="lplate")
    assert script.value == "lplate_bot.cli:main"
    assert callable(script.load())


def test_wheel_holds_all_and_no_more(wheel: Path) -> None:
    """The wheel has the data and the compiled modules, but neither their sources nor tests."""
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert names.issuperset(PARTS)
    assert not [name for name in names if SOURCES.search(name)]
    compiled = {name.split(".")[0] for name in names if name.endswith(".so")}
    assert compiled >= {f"lplate_native/{module}" for module in COMPILED}
    pictures = [name for name in names if name.startswith("lplate/data/banks/core/media/")]
    assert len(pictures) >= len({q.media.digest for q in bank_questions() if q.media is not None})


async def test_wheel_runs_where_the_tree_is_not(elsewhere: Path, tmp_path: Path) -> None:
    """In an environment of its own, far from the tree, `lplate run` serves the page and the bot answers."""
    add_compiled_banks(tmp_path / "data")
    environment = {name: value for name, value in without_settings().items() if name != "PYTHONPATH"}
    where = await Terminal(tmp_path, environment, (str(elsewhere / "bin" / "python"),)).run("-c", WHERE)
    assert all(path.startswith(str(elsewhere)) for path in where.output.split())
    terminal = Terminal(tmp_path, environment, (str(elsewhere / "bin" / "lplate"),))
    async with terminal.open("run", "--listen", "127.0.0.1:0") as running:
        url = (await running.shows("http://")).split()[-1]
        async with aiohttp.ClientSession() as session:
            async with session.get(url) as page:
                assert "<title>L-plate" in await page.text()
            async with session.ws_connect(f"{url}/playground/ws?learner=1001") as chat:
                await chat.send_json({"type": "start", "parameter": "b_core_en"})
                assert await card_comes(chat)
        assert (await running.stop()).code == 0


async def card_comes(chat: aiohttp.ClientWebSocketResponse) -> bool:
    """Return True once the bot sent a question with buttons."""
    async for frame in chat:
        message = frame.json().get("message", {})
        if message.get("reply_markup"):
            return True
    return False
