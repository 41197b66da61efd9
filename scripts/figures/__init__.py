"""What benchmarks found, as rows: ours beside theirs, the ratio, and whether the target is met."""
