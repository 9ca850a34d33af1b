"""The Telegram front end of lplate."""
