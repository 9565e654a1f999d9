"""The domain node: raw data stays here, and only answers that the rule allows come out."""
