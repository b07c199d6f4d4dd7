"""Collector of xrattest: filesystem."""
