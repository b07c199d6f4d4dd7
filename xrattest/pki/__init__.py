"""Keys, trustpoints, enrollment, certificate chains: what makes and what checks the identity that signs envelopes."""
