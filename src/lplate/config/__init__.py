"""Settings: flags over environment over ``lplate.toml`` over a preset over defaults."""

from lplate.config.folder import make_data_folder
from lplate.config.knobs import PREFIX, Knob, knobs
from lplate.config.layers import FILE, find_knob
from lplate.config.loading import Effective, load, load_settings
from lplate.config.presets import PRESETS, Preset
from lplate.config.settings import Settings

__all__ = [
    "FILE",
    "PREFIX",
    "PRESETS",
    "Effective",
    "Knob",
    "Preset",
    "Settings",
    "find_knob",
    "knobs",
    "load",
    "load_settings",
    "make_data_folder",
]
