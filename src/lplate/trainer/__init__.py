"""Use cases: one press in, one outcome out; what to show is drawn from stored state."""
