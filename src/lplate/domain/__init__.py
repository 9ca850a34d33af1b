"""The rules of learning and asking: pure, no clock, no I/O; time is an argument."""
