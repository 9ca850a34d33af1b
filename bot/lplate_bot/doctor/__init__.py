"""Look over everything a bot stands on, and say of each part what was seen and what to do."""
