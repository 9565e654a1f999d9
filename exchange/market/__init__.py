"""The market: tariffs, listings, requests, explained matches, and contracts of two parties."""
