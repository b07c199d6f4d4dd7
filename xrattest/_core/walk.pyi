# Types of the native module xrattest._core.walk; `make lint` holds them against the module.
