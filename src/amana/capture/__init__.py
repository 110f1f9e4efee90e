"""From a folder of photographs to committed packs, reading each file once."""
