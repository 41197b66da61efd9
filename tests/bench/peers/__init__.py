"""UCS beside what people would pick instead, on the same data and the same questions: `make bench-peers`."""
