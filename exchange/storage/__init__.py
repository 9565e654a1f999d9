"""Where rows live: one narrow store over memory, SQLite or PostgreSQL."""
