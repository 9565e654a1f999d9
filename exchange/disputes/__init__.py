"""Disputes about answers: claim, reply, a drawn arbitrator, an award that moves money."""
