"""Settings that hold both while loading files and while serving queries."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.engine.base import Limits

Settings = dict[str, str | bool | int | float | list[str]]


def common(limits: Limits, temp: Path) -> Settings:
    """No downloads, no reading of Python variables, and bounded resources."""
    settings: Settings = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_persistent_secrets": "false",
        "python_enable_replacements": "false",
        "memory_limit": limits.memory,
        "threads": str(limits.threads),
        "temp_directory": str(temp),
        "max_temp_directory_size": limits.temp,
    }
    if limits.disabled_optimizers:
        settings["disabled_optimizers"] = ",".join(limits.disabled_optimizers)
    return settings
