"""What was disclosed, to those it was disclosed to."""
