"""Checks of the firmware's event logs inside a dossier.

As with IMA logs, two questions that are never merged: whether a log is whole and says what was extended, and whether a TPM
vouches for it. A third, `ima.boot-aggregate`, ties both kinds of log together.
"""
