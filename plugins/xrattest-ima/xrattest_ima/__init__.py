"""Collector of xrattest: ima."""
