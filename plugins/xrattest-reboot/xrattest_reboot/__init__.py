"""Collector of xrattest: reboot."""
