"""What one role is handed before the work begins: its own keys, and others' public keys."""
