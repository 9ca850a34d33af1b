"""From what is to be seen to words, pictures and buttons of Telegram."""
