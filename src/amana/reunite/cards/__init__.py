"""Reading the card in a picture: find it, find its digits, say what they may be. Never truth."""
