# Types of the native module xrattest._core.hostroot; `make lint` holds them against the module.
