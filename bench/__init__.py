"""Speed and quality, measured on real data; see bench/README.md."""
