"""Data quality by the six indicators of GB/T 36344-2018: rules, counts and a score."""
