"""What the exchange and a domain node say to each other: values, their parsers, stable codes."""
