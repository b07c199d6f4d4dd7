from . import bootlog, hash, hostroot, ima, json, patterns, rpm, tpm, walk

__all__ = ["bootlog", "hash", "hostroot", "ima", "json", "patterns", "rpm", "tpm", "walk"]
