"""What a person sees of a running bot: ``lplate top`` and the status page, both drawn from its metrics."""
