"""Collector of xrattest: rpm."""
