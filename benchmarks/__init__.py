"""What `make bench` runs: ratios against a peer or a physical limit, side by side in one run."""
