"""Agents that trade through the real services on a virtual clock."""
