"""lplate-upgrade changes from one installed version to another, and back by itself if that fails."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "systemd" / "lplate-upgrade"
SYSTEMCTL = """#!/bin/sh
echo "$*" >> "$PLACE/calls"
case $1 in
    list-units)
        [ ! -f "$PLACE/active" ] || echo "lplate@$(cat "$PLACE/active").service loaded active running it" ;;
    start)
        version=${2#lplate@}
        [ "$version" != "$BROKEN" ] || { rm -f "$PLACE/active"; exit 1; }
        echo "$version" > "$PLACE/active" ;;
    is-active)
        [ "${3#lplate@}" != "$SHORT_LIVED" ] || { rm -f "$PLACE/active"; exit 3; } ;;
esac
"""
PYTHON = """#!/bin/sh
mkdir -p "$3/bin"
printf '#!/bin/sh\\nexit %s\\n' "$PIP" > "$3/bin/pip"
printf '#!/bin/sh\\necho 0\\n' > "$3/bin/lplate"
chmod +x "$3/bin/pip" "$3/bin/lplate"
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="systemd is not there")


@dataclass
class Host:
    """Play a host with a service manager that notes what it is told."""

    place: Path

    def install(self, version: str) -> None:
        """Install a version as pip would."""
        lplate = self.place / "opt" / version / "bin" / "lplate"
        lplate.parent.mkdir(parents=True)
        lplate.write_text("#!/bin/sh\necho 0\n")
        lplate.chmod(0o755)

    def upgrade(
        self, *arguments: str, broken: str = "", short_lived: str = "", pip: str = "0"
    ) -> subprocess.CompletedProcess[str]:
        """Run the script; *broken* does not get ready, *short_lived* ends soon, *pip* is how pip ends."""
        environment = {
            "PATH": f"{self.place}:{os.environ['PATH']}", "PLACE": str(self.place), "BROKEN": broken,
            "ROOT": str(self.place / "opt"), "PYTHON": str(self.place / "python"), "PIP": pip,
            "SHORT_LIVED": short_lived, "SETTLE_S": "0",
        }  # fmt: skip
        command = (str(SCRIPT), *arguments)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    @property
    def active(self) -> str:
        """Return the version that runs."""
        file = self.place / "active"
        return file.read_text().strip() if file.exists() else ""

    @property
    def orders(self) -> list[str]:
        """Return what systemctl was told beside questions."""
        calls = (self.place / "calls").read_text().splitlines() if (self.place / "calls").exists() else []
        return [call for call in calls if not call.startswith(("list-units", "is-active"))]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    for name, text in (("systemctl", SYSTEMCTL), ("python", PYTHON)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    host = Host(tmp_path)
    host.install("0.1.0")
    return host


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    file = tmp_path / "lplate-0.2.0-cp311-cp311-linux_x86_64.whl"
    file.touch()
    return file


def test_first_start(host: Host) -> None:
    """With nothing running a version is started, and again at every boot."""
    assert host.upgrade("0.1.0").stdout == "lplate 0.1.0 runs\n"
    assert host.orders == ["start lplate@0.1.0", "enable --quiet lplate@0.1.0"]
    assert (host.place / "opt" / "current").readlink() == Path("0.1.0")


def test_upgrade_by_wheel_and_back(host: Host, wheel: Path) -> None:
    """A wheel is installed beside the version that runs and takes over from it; going back is one line."""
    host.upgrade("0.1.0")
    done = host.upgrade(str(wheel))
    assert (done.returncode, host.active) == (0, "0.2.0"), done.stderr
    assert "lplate-upgrade 0.1.0" in done.stdout
    assert host.orders[2:] == [
        "start lplate@0.2.0", "disable --quiet lplate@0.1.0", "enable --quiet lplate@0.2.0",
    ]  # fmt: skip
    assert host.upgrade("0.1.0").returncode == 0
    assert host.active == "0.1.0"


@pytest.mark.parametrize("way", ["broken", "short_lived"])
def test_version_that_does_not_serve(host: Host, wheel: Path, way: str) -> None:
    """A version that fails, at once or soon, is stopped for good, the former one runs on, all is told."""
    host.upgrade("0.1.0")
    done = host.upgrade(str(wheel), **{way: "0.2.0"})
    assert (done.returncode, host.active) == (1, "0.1.0")
    assert "0.2.0 did not get ready; 0.1.0 runs" in done.stderr
    assert host.orders[2:] == ["start lplate@0.2.0", "stop lplate@0.2.0", "start lplate@0.1.0"]
    assert (host.place / "opt" / "current").readlink() == Path("0.1.0")


def test_wheel_that_cannot_be_installed(host: Host, wheel: Path) -> None:
    """A wheel that pip refuses leaves nothing behind and changes nothing."""
    done = host.upgrade(str(wheel), pip="1")
    assert (done.returncode, host.orders) == (1, [])
    assert "cannot be installed; nothing has changed" in done.stderr
    assert not (host.place / "opt" / "0.2.0").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name a wheel, or a version"),
        (("0.9.0",), "is not there: name a version"),
        (("lplate-9.whl",), "there is no such wheel"),
        (("0.1.0",), "0.1.0 runs already"),
    ],
)
def test_what_cannot_be_is_said(host: Host, arguments: tuple[str, ...], words: str) -> None:
    """What cannot be done is said in a sentence, and the bot that runs goes on."""
    host.upgrade("0.1.0")
    done = host.upgrade(*arguments)
    assert (done.returncode, host.active) == (1, "0.1.0")
    assert words in done.stderr
