"""Where the configuration file, its commits and the state directory lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from xrattest.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Locations:
    """Absolute places of one run: `state_dir` holds what the program makes, `config_file` what the operator decides."""

    state_dir: Path
    config_file: Path

    @property
    def history_dir(self) -> Path:
        """Directory of the commits: `commits` beside `config.toml`, `<name>.commits` beside a file of another name."""
        name = self.config_file.name
        return self.config_file.with_name("commits" if name == "config.toml" else f"{name}.commits")

    @classmethod
    def find(cls, *, config_file: Path | None = None, state_dir: Path | None = None) -> Locations:
        """Return the given places, else those of `XRATTEST_STATE_DIR` and `XRATTEST_CONFIG`, else root's directories, else those of XDG.

        Root has `/var/lib/xrattest` and `/etc/xrattest/config.toml`; others have `xrattest` under `XDG_STATE_HOME`
        (`~/.local/state`) and `XDG_CONFIG_HOME` (`~/.config`). Raises `ConfigError` when there is no home directory.
        """
        if state_dir is None and (named := os.environ.get("XRATTEST_STATE_DIR")):
            state_dir = Path(named)
        if config_file is None and (named := os.environ.get("XRATTEST_CONFIG")):
            config_file = Path(named)
        root = os.geteuid() == 0
        if state_dir is None:
            state_dir = Path("/var/lib/xrattest") if root else _xdg("XDG_STATE_HOME", ".local/state")
        if config_file is None:
            directory = Path("/etc/xrattest") if root else _xdg("XDG_CONFIG_HOME", ".config")
            config_file = directory / "config.toml"
        return cls(state_dir=state_dir.absolute(), config_file=config_file.absolute())


def _xdg(variable: str, fallback: str) -> Path:
    # The base directory specification tells readers to ignore a relative path.
    named = Path(os.environ.get(variable, ""))
    if named.is_absolute():
        return named / "xrattest"
    try:
        return Path.home() / fallback / "xrattest"
    except RuntimeError as error:
        raise ConfigError(
            f"no home directory, so {variable} or an explicit path is needed: {error}"
        ) from error
