"""Benchmarks: each figure a ratio, measured in one run against a reference implemented beside it."""
