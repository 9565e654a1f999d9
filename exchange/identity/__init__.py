"""Who is at the door: accounts, sessions, keys in custody, limits. Nothing of it is ledger state."""
