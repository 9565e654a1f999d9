"""A data exchange you can run: registration, appraisal, matching, settlement and disputes on a ledger."""
