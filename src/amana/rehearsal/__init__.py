"""The whole operation on one machine, with the mishaps that the real one had."""
