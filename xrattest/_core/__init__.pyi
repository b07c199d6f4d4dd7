from . import hash, hostroot, ima, json, rpm, tpm, walk

__all__ = ["hash", "hostroot", "ima", "json", "rpm", "tpm", "walk"]
