"""What operators do with a running bot: look, give tiers, put it to rest, write to all."""
