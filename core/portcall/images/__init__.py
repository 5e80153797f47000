"""Questions about images, each a module: what an image is, its tags, whether it exists."""
