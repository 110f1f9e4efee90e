"""What a court receives, and can verify without us."""
