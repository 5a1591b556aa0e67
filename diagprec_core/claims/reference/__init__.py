"""What evidence is computed with: it imports nothing of the core."""
