from . import hash, hostroot, ima, json, patterns, rpm, tpm, walk

__all__ = ["hash", "hostroot", "ima", "json", "patterns", "rpm", "tpm", "walk"]
