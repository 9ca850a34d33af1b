"""Run the native tests against a build with address and undefined-behaviour sanitizers: `make asan`.

The extensions are built in a temporary folder and found before those installed; the interpreter is the
ordinary one, with the sanitizer's library loaded first and CPython's own allocator out of the way. CPython
itself leaves objects behind at exit, so of the leaks reported only those count whose stack passes the core:
memory that the core itself allocated. For lost Python objects there is tests/bench/test_leaks.py.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import trees

if TYPE_CHECKING:
    from collections.abc import Sequence

FLAGS: Final = (
    "-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g -O1"
    " -DLPLATE_WITHOUT_SSE2"  # the other tests have it where there is one
)
TESTS: Final = ("tests/native", "tests/bench/test_leaks.py")
ASAN: Final = "detect_leaks=1:allocator_may_return_null=1:strict_string_checks=1"
LEAK: Final = re.compile(r"^(?:Direct|Indirect) leak of .*?(?=\n\n)", re.MULTILINE | re.DOTALL)


def main(arguments: Sequence[str]) -> int:
    """Build, test, and return an exit status."""
    with tempfile.TemporaryDirectory(prefix="lplate-asan-") as name:
        folder = Path(name)
        print("building the core with sanitizers", flush=True)
        core = build(folder)
        is_clean = run_tests(core, folder, arguments or TESTS)
        reports = [path.read_text(errors="replace") + "\n\n" for path in folder.glob("report.*")]
    leaks = leaks_of_core(reports)
    print(*(() if is_clean else reports), *leaks, sep="\n")
    print(f"sanitizers and tests: {'clean' if is_clean else 'FAILED'}; leaks through the core: {len(leaks)}")
    return 0 if is_clean and not leaks else 1


def build(folder: Path) -> Path:
    """Build the extensions and return their import path."""
    defines = (
        f"cmake.define.CMAKE_C_FLAGS={FLAGS}",
        "cmake.build-type=RelWithDebInfo",
        "install.strip=false",
    )
    return trees.build_working_tree(folder, *(f"--config-settings={each}" for each in defines))


def run_tests(core: Path, folder: Path, tests: Sequence[str]) -> bool:
    """Run *tests* with the core at *core*; return True if they passed and no sanitizer stopped them.

    The exit status cannot tell: leaks of CPython itself change it. So pytest's own is left in a file, which a
    sanitizer that ends the process prevents.
    """
    environment = {
        **os.environ,
        "LD_PRELOAD": f"{library('libasan.so')} {library('libubsan.so')}",
        "PYTHONMALLOC": "malloc",
        "PYTHONPATH": os.pathsep.join([str(core), str(trees.ROOT)]),
        "ASAN_OPTIONS": f"{ASAN}:log_path={folder / 'report'}",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    }
    status = folder / "status"
    command = [sys.executable, "-m", "bench.sanitised", "--work", str(status), *tests]
    subprocess.run(command, check=False, cwd=trees.ROOT, env=environment)
    return status.exists() and status.read_text() == "0"


def work(status: Path, tests: Sequence[str]) -> None:
    """Run pytest on *tests* and leave its exit status in *status*."""
    import pytest  # noqa: PLC0415 - building needs none

    import lplate_native  # noqa: PLC0415 - only to say which was tested

    print(f"testing {lplate_native.__file__}", flush=True)
    result = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:benchmark", *tests])
    status.write_text(str(int(result)))


def library(name: str) -> str:
    """Return the path of one of the compiler's libraries."""
    compiler = os.environ.get("CC", "cc")
    command = [compiler, f"-print-file-name={name}"]
    path = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    if not Path(path).is_absolute():
        sys.exit(f"{compiler} has no {name} (Debian: apt install gcc libasan8 libubsan1)")
    return str(Path(path).resolve())


def leaks_of_core(reports: Sequence[str]) -> list[str]:
    """Return the leaks with a frame in the core."""
    found = [leak for report in reports for leak in LEAK.findall(report)]
    return [leak for leak in found if "/lplate_native/" in leak]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(Path(sys.argv[2]), sys.argv[3:])
    else:
        sys.exit(main(sys.argv[1:]))
