"""Valuation: what data is worth, how good it is, and who added what.

Pure functions over plain values: no I/O, no clock, no randomness. Money is
``int`` fen and rates are parts per million at the border; inside, numbers are
``Decimal`` under one fixed context or ``Fraction``, never ``float``.
"""
