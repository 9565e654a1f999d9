"""Grants, and the questions asked under them: reserved here, answered by the supplier's node."""
