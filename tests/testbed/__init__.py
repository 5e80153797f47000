"""Real registries on loopback for the integration tests, what they hold, and how to break them."""
