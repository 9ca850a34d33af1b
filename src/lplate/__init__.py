"""Practise a driving theory test: the domain, its use cases and its adapters, without Telegram."""
