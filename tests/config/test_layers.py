"""Layers: files, presets, assignments, credentials, and the place each value is known to come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lplate.config import PRESETS, Settings, knobs, load
from lplate.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lplate.config import Effective

SECRET = "not-to-be-seen-in-any-message"
TOKEN = f"123456:{SECRET}"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def written(name: str, text: str) -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def refusal(
    environment: Mapping[str, str], flags: Mapping[str, object] | None = None, sets: Sequence[str] = ()
) -> str:
    """Return what is said when settings are refused; no secret may be in it."""
    with pytest.raises(ConfigError) as caught:
        load(flags or {}, sets, environment)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def token_of(effective: Effective) -> str | None:
    token = effective.settings.token
    return None if token is None else token.get_secret_value()


class TestPlaces:
    def test_each_value_knows_where_it_comes_from(self) -> None:
        """Flag, assignment, variable, line of the file, preset or default: the place is told as written."""
        written(
            "lplate.toml", "# ours\npool_size = 5\n\nwal_mb = 20\nlog_level = 'error'\npreset = 'small'\n"
        )
        found = load(
            {"log_level": "debug", "playground_listen": "127.0.0.1:9"},
            ["uploads=3"],
            {"LPLATE_POOL_SIZE": "6", "PATH": "/bin"},
        )
        places = {
            "log_level": "--log-level",
            "playground_listen": "--listen",
            "uploads": "--set uploads",
            "pool_size": "LPLATE_POOL_SIZE",
            "wal_mb": "wal_mb in lplate.toml, line 4",
            "preset": "preset in lplate.toml, line 6",
            "question_cache": "preset small",
            "rate_burst": "default",
        }
        assert {name: found.place(name) for name in places} == places
        settings = found.settings
        assert (settings.log_level, settings.uploads, settings.pool_size) == ("debug", 3, 6)
        assert (settings.wal_mb, settings.question_cache, settings.rate_burst) == (20, 128, 15)

    def test_faults_of_all_layers_are_told_at_once(self) -> None:
        """One start finds every mistake, each with its place."""
        written("lplate.toml", "wal_mb = 0\npoolsize = 3\n")
        said = refusal({"LPLATE_UPLOADS": "99", "LPLATE_ADMIN": "5"}, {"log_level": "inf"}, ["rate_burst"])
        assert said.split("; ") == [
            "--set: expected NAME=VALUE",
            "LPLATE_ADMIN is no setting: did you mean LPLATE_ADMINS?",
            "poolsize in lplate.toml, line 2 is no setting: did you mean pool_size?",
            "LPLATE_UPLOADS: expected a whole number from 1 to 64",
            "the nearest is 64",
            "wal_mb in lplate.toml, line 1: expected a whole number from 1 to 4096",
            "the nearest is 1",
            "--log-level: expected one of debug, info, warning, error",
            "did you mean info?",
        ]


class TestFile:
    def test_flag_over_variable_name_the_file(self) -> None:
        """``--config`` counts for more than LPLATE_CONFIG, which counts for more than lplate.toml."""
        for name, size in (("lplate.toml", 1), ("other.toml", 2), ("third.toml", 3)):
            written(name, f"pool_size = {size}\n")
        assert load({}, (), {}).settings.pool_size == 1
        assert load({}, (), {"LPLATE_CONFIG": "other.toml"}).settings.pool_size == 2
        by_flag = load({"config": Path("third.toml")}, (), {"LPLATE_CONFIG": "other.toml"})
        assert (by_flag.settings.pool_size, by_flag.place("pool_size")) == (
            3,
            "pool_size in third.toml, line 1",
        )

    def test_a_file_that_was_named_must_be_there(self) -> None:
        """Only the usual file may be missing."""
        assert refusal({"LPLATE_CONFIG": "lost.toml"}).startswith("lost.toml: there is no such file")

    def test_a_folder_is_no_file(self) -> None:
        """What cannot be read is told with the system's reason."""
        assert "cannot be read (Is a directory)" in refusal({"LPLATE_CONFIG": "."})

    def test_ids_are_a_list_in_the_file_and_a_line_elsewhere(self) -> None:
        """Operators are written as the place has lists; each counts once."""
        written("lplate.toml", "admins = [7, 8, 7]\n")
        assert load({}, (), {}).settings.admins == (7, 8)
        assert load({}, (), {"LPLATE_ADMINS": "9, 10,9"}).settings.admins == (9, 10)
        assert load({}, ["admins=11"], {}).settings.admins == (11,)

    @pytest.mark.parametrize("value", ["", "none", "OFF"])
    def test_nowhere_can_be_said(self, value: str) -> None:
        """An address that may be missing is missing when it is empty or none."""
        assert load({}, (), {"LPLATE_OPERATE_LISTEN": value}).settings.operate_listen == ""


class TestSecrets:
    def test_from_a_file_of_their_own(self) -> None:
        """A secret may lie in a file that the environment or lplate.toml names; its line end is no part."""
        written("secret", f"{TOKEN}\n")
        by_variable = load({}, (), {"LPLATE_TOKEN_FILE": "secret"})
        assert (token_of(by_variable), by_variable.place("token")) == (TOKEN, "LPLATE_TOKEN_FILE")
        written("lplate.toml", "token_file = 'secret'\n")
        assert token_of(load({}, (), {})) == TOKEN

    def test_from_systemd(self) -> None:
        """A credential named like the setting is found by itself; the environment counts for more."""
        Path("credentials").mkdir()
        written("credentials/token", f"{TOKEN}\n")
        written("credentials/webhook_secret", f"{SECRET}\n")
        written("credentials/other", "of somebody else")
        handed = {"CREDENTIALS_DIRECTORY": "credentials"}
        found = load({}, (), handed)
        assert (token_of(found), found.place("token")) == (TOKEN, "credential token")
        assert found.settings.webhook_secret is not None
        assert token_of(load({}, (), {**handed, "LPLATE_TOKEN": "1:other"})) == "1:other"

    def test_a_file_that_cannot_be_read(self) -> None:
        """It is named by the setting that names it, with the reason."""
        assert refusal({"LPLATE_TOKEN_FILE": "lost"}).startswith(
            "LPLATE_TOKEN_FILE: its file cannot be read (No such file or directory)"
        )

    def test_a_file_with_something_else(self) -> None:
        """What is in the file is not repeated."""
        written("secret", f"token = {TOKEN}\n")
        assert refusal({"LPLATE_TOKEN_FILE": "secret"}).startswith("LPLATE_TOKEN_FILE: expected a token like")

    def test_one_place_may_not_say_it_twice(self) -> None:
        """A secret and a file for it in one place are refused: nobody could tell which counts."""
        written("secret", TOKEN)
        said = refusal({"LPLATE_TOKEN": TOKEN, "LPLATE_TOKEN_FILE": "secret"})
        assert said == "LPLATE_TOKEN and LPLATE_TOKEN_FILE say the same thing: keep one"

    def test_no_secret_on_the_command_line(self) -> None:
        """Every user of the machine sees the flags of a process."""
        said = refusal({}, {}, [f"token={TOKEN}"])
        assert said == "--set token: processes show their flags; set LPLATE_TOKEN_FILE"

    @pytest.mark.parametrize("name", knobs())
    def test_in_the_wrong_place_is_not_repeated(self, name: str) -> None:
        """Whoever puts the token where something else belongs does not find it in the log."""
        for flags, sets, environment in (
            ({}, (), {f"LPLATE_{name.upper()}": SECRET}),
            ({}, (), {f"LPLATE_{name.upper()}_": SECRET}),
            ({name: SECRET}, (), {}),
            ({}, (f"{name}={SECRET}",), {}),
            ({}, (f"{name} {SECRET}",), {}),
        ):
            try:
                load(flags, sets, environment)
            except ConfigError as error:
                assert SECRET not in str(error)  # noqa: PT017 - most names refuse it, a path may be anything

        written("lplate.toml", f"{name} = '{SECRET}'\n{name}_ = '{SECRET}'\n")
        refusal({})


class TestPresets:
    @pytest.mark.parametrize("name", PRESETS)
    def test_each_stands(self, name: str) -> None:
        """Every preset names settings that exist, with values that they take and that are not the default."""
        found = load({"preset": name}, (), {}).settings
        for setting, value in PRESETS[name].values.items():
            assert getattr(found, setting) == value != knobs()[setting].default

    def test_without_one_the_defaults_count(self) -> None:
        """No preset is today's values."""
        assert load({}, (), {}).settings == Settings()

    def test_anything_counts_for_more(self) -> None:
        """A preset lies below the file, also when a flag names it."""
        written("lplate.toml", "question_cache = 200\n")
        found = load({"preset": "small"}, (), {})
        assert found.settings.question_cache == 200
        assert found.settings.learner_cache == 1000

    def test_they_rise_with_the_load(self) -> None:
        """No size of a greater level is below that of a smaller one."""
        levels = [load({"preset": name}, (), {}).settings for name in ("small", "medium", "large", "huge")]
        for name in {name for preset in PRESETS.values() for name in preset.values}:
            sizes = [getattr(level, name) for level in levels]
            assert sizes == sorted(sizes), name
