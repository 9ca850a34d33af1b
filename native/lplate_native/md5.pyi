# Nothing for Python: hashing cimports from this one.
