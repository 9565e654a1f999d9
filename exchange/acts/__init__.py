"""Acts: what participants do, decided by services, sealed as ledger entries, applied to rows."""
