# Types of the native module xrattest._core.ima; `make lint` holds them against the module.
