"""The command `fdx`."""
