"""The demo's domains: real, openly licensed data from Python packages, under shipped rules."""
