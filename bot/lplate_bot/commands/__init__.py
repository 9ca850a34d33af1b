"""Commands of ``lplate`` by what they are for; the command line and ``lplate run`` are in ``cli``."""
