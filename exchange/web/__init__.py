"""The site and the JSON API: the only part that knows Flask."""
