"""Abroad: packs are opened, and each original is put beside its copy and its proof."""
