"""The dossier: one JSON object that holds what every collector returned, written and read without holding it in memory.

`writer` lays down the contract's keys in order, `selectors` merges the parts that plugins contribute, `host_facts` tells
which host this is, `reader` opens a dossier again for the verifier.
"""
