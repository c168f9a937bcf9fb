"""Performance that explains itself: figures, targets, scores and goals."""
