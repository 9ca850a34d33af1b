"""The load test: synthetic learners against the real bot, through a Bot API of their own on loopback."""
