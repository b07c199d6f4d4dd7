from . import hash, hostroot, ima, json, rpm, walk

__all__ = ["hash", "hostroot", "ima", "json", "rpm", "walk"]
