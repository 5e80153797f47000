"""Documents that people paste: Dockerfiles, compose files, manifests, lists, and the images in them."""

from portcall.documents.document import Document, DocumentKind, FoundReference
from portcall.documents.find import MAX_BYTES, find_references

__all__ = ["MAX_BYTES", "Document", "DocumentKind", "FoundReference", "find_references"]
