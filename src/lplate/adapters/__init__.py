"""Answers to the ports: each adapter stands alone, wiring chooses among them."""
