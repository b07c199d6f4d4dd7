"""The one configuration: typed model, TOML file, commits.

What an operator decides lives here; what the program makes (keys, certificates, snapshots) is state and lives elsewhere.
"""
