"""A transparency log as a pure library: formats, proofs, keys and an offline audit.

Bytes go in and values come out; nothing here opens a file, a socket or a database, so the same code
serves the exchange, a data node, a witness and somebody who trusts none of them.
"""
