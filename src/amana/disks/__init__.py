"""Originals on n disks of which any k suffice."""
