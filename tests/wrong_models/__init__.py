"""Models that must be refused: each file is a section with one mistake, and says in `REFUSED` with which message."""
