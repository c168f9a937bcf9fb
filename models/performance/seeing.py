"""The right to see performance."""

SEE = "performance.see"
"""The own, that of a team, of all below."""
