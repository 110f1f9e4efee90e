"""The write-only store of the source: sealed packs, a sealed state, nothing he could open."""
