"""The caller's side of the JSON API: sessions, drafts signed by a key of one's own, proofs checked."""
