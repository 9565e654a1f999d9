"""Participants: joining with a key of one's own, admission, suspension."""
