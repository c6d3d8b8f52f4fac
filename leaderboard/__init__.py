"""Scores, ranks and the report."""
