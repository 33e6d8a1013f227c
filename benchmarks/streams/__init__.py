"""Live streams through a real server: latency, capacity, cost, abuse."""
