"""Versions: of the tool, and of the valuation model that its numbers follow."""

__version__ = "0.1.0"
MODEL_VERSION = "1"
