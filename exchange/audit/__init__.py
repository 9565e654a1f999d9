"""The business half of an audit: replay every act, and compare every row with the database."""
