"""What is shown of settings, and that the documentation says the same as the model."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lplate.config import PRESETS, Settings, find_knob, knobs, load
from lplate.config.rendering import as_columns, as_example, as_json, as_markdown, as_paragraph, shown
from lplate.errors import ConfigError
from lplate_bot.cli import app

ROOT = Path(__file__).parents[2]
SECRET = "not-to-be-seen-in-any-output"
ENVIRONMENT = {"LPLATE_TOKEN": f"1:{SECRET}", "LPLATE_RATE_BURST": "20"}
ROW = re.compile(r"\| `(?P<name>LPLATE_[A-Z_]+)` \| (?P<meaning>.+?) \| `?(?P<default>[^`|]*?)`? \|")


def test_documentation_lists_every_setting_as_it_is() -> None:
    """docs/settings.md ends with the tables that ``lplate config --markdown`` prints."""
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert text.endswith("\n".join(as_markdown()) + "\n"), "append what lplate config --markdown prints"


def test_readme_agrees() -> None:
    """Each setting in the README exists and has the default that stands there."""
    rows = list(ROW.finditer((ROOT / "README.md").read_text(encoding="utf-8")))
    assert len(rows) > 10
    for row in rows:
        knob = find_knob(row["name"])
        default = shown(knob, knob.default)
        assert row["default"].strip() in {default, {"true": "1", "none": "", "not set": ""}.get(default)}, (
            row[0]
        )


def test_example_holds_every_setting_at_its_default() -> None:
    """All lines of the example can be uncommented; those with a default then change nothing."""
    lines = [line.removeprefix("# ") for line in as_example() if re.match(r"# [a-z_]+ = ", line)]
    table = tomllib.loads("\n".join(lines))
    secrets = {name for name, knob in knobs().items() if knob.is_secret}
    assert set(table) == (set(knobs()) - secrets) | {f"{name}_file" for name in secrets}
    for name, value in table.items():
        if name in knobs() and knobs()[name].default is not None:
            assert getattr(Settings.model_validate({name: value}), name) == knobs()[name].default


def test_example_is_a_file_that_changes_nothing(tmp_path: Path) -> None:
    """As printed, everything in it is a comment."""
    path = tmp_path / "lplate.toml"
    path.write_text("\n".join(as_example()), encoding="utf-8")
    assert load({"config": path}, (), {}).places == {}


def test_all_settings_are_shown_and_no_secret() -> None:
    """Each has a line with its place; of a secret only whether there is one."""
    text = "\n".join(as_columns(load({}, (), ENVIRONMENT)))
    assert all(re.search(rf"(?m)^  {name} ", text) for name in knobs())
    assert re.search(r"(?m)^  token +set +LPLATE_TOKEN ", text)
    assert re.search(r"(?m)^  webhook_secret +not set +default ", text)
    assert re.search(r"(?m)^  rate_burst +20 +1 to 100000 +LPLATE_RATE_BURST ", text)
    assert SECRET not in text


@pytest.mark.parametrize("name", knobs())
def test_each_setting_can_be_asked_for(name: str) -> None:
    """By its own name and by that of its variable; nothing shows a secret."""
    found = load({}, (), ENVIRONMENT)
    assert find_knob(name) == find_knob(f"LPLATE_{name.upper()}")
    text = "\n".join(as_paragraph(find_knob(name), found))
    assert find_knob(name).expected in text
    assert SECRET not in text + str(as_json(find_knob(name), found))


def test_a_misspelt_one_is_told() -> None:
    """The nearest one is named."""
    with pytest.raises(ConfigError, match=r"^rate_brust is no setting: did you mean rate_burst\?$"):
        find_knob("rate_brust")


class TestCommand:
    @pytest.fixture(autouse=True)
    def _bare(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.chdir(tmp_path)
        for name, value in ENVIRONMENT.items():
            monkeypatch.setenv(name, value)

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ((), r"rate_burst +20 +1 to 100000 +LPLATE_RATE_BURST"),
            (("rate_burst",), r"from +LPLATE_RATE_BURST"),
            (("LPLATE_POOL_SIZE", "--preset", "small"), r"value +1\n.*preset small"),
            (("--json",), r'"rate_burst": \{\s+"value": 20\.0'),
            (("token", "--json"), r'"value": "set"'),
            (("--example",), r"# rate_burst = 15"),
            (("--markdown",), r"\| `rate_burst` \|"),
        ],
    )
    def test_shows(self, arguments: tuple[str, ...], expected: str) -> None:
        """Each form of the command shows what it says and no secret."""
        result = CliRunner().invoke(app, ["config", *arguments])
        assert result.exit_code == 0
        assert re.search(expected, result.output)
        assert SECRET not in result.output

    def test_refuses_what_cannot_work(self) -> None:
        """A fault is told in one sentence with exit code 1."""
        result = CliRunner().invoke(app, ["config", "--preset", "tiny"])
        assert result.exit_code == 1
        assert "--preset: expected one of small, medium, large, huge" in result.output


def test_tuning_names_every_preset_with_its_reason() -> None:
    """The table of presets in docs/tuning.md says what the code says."""
    text = (ROOT / "docs" / "tuning.md").read_text(encoding="utf-8")
    for name, preset in PRESETS.items():
        assert f"| `{name}` | {preset.people} | {preset.reason} |" in text
