"""Finding images: searches across registries, namespaces, repositories, people."""
