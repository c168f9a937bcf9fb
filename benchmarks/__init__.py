"""The product measured beside what peers do with the same work in the same run: docs/performance.md."""
