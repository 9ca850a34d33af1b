# Nothing for Python: the other modules cimport from this one.
