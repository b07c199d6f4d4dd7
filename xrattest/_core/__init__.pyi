from . import bootlog, hash, hostroot, ima, json, rpm, tpm, walk

__all__ = ["bootlog", "hash", "hostroot", "ima", "json", "rpm", "tpm", "walk"]
