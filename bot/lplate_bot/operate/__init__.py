"""Let whoever operates the bot see how it is: metrics, health, and word to the service manager."""
