"""The story that `fdx demo` plays: real nodes, real data, the site's own API."""
