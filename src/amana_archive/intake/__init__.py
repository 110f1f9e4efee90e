"""What the store holds comes into the catalogue of the web."""
