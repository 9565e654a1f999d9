"""Settlement: deposits, escrow, captured fees, settlement days and payouts in balanced books."""
