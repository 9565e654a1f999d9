"""Contribution: who added what to a joint result, and how its revenue is split."""
