# Types of the native module xrattest._core.json; `make lint` holds them against the module.
