"""Copies become letters, letters become copies again, whatever happens on the way."""
