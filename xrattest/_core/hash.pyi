# Types of the native module xrattest._core.hash; `make lint` holds them against the module.
