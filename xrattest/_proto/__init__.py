"""Types generated from proto/ by `make proto`."""
