# Types of the native module xrattest._core.rpm; `make lint` holds them against the module.
