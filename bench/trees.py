"""Build the native core of a revision, or of the files as they lie here, into a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def build_revision(revision: str, folder: Path, *options: str, root: Path = ROOT) -> Path:
    """Build *revision* of the repository at *root* below *folder* and return the import path."""
    source = folder / "source"
    source.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "-C", str(root), "archive", "--format=tar", revision], check=True, capture_output=True
    )
    subprocess.run(["tar", "-x", "-C", str(source)], check=True, input=archive.stdout)
    return build(source, folder, *options)


def build_working_tree(folder: Path, *options: str, root: Path = ROOT) -> Path:
    """Build the files at *root*, committed or not but for ignored ones, and return the import path."""
    source = folder / "source"
    listing = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listing.stdout.split("\0")):
        if (root / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, source / name)
    return build(source, folder, *options)


def build(source: Path, folder: Path, *options: str) -> Path:
    """Build the project in *source* with pip, without its dependencies, and return the import path."""
    target = folder / "built"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    run = subprocess.run(
        [*command, *options, "--target", str(target), str(source)],
        check=False,
        capture_output=True,
        text=True,
    )
    if run.returncode:
        raise RuntimeError(f"building {source} failed:\n{run.stderr[-4000:]}")
    return target
