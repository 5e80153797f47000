"""The OCI distribution protocol: manifests, tags and blobs, and what they mean."""
