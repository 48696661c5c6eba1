"""Servers to compare with: the same three operations, written by hand and on the stock framework."""
