"""Files inside an image: the merged view of its layers, lists of it, and parts of single files."""

from portcall.images.files.listing import list_files
from portcall.images.files.node import TreeNode
from portcall.images.files.question import FileQuestion, ReadQuestion
from portcall.images.files.reading import read_file
from portcall.images.files.tree import MergedTree

__all__ = ["FileQuestion", "MergedTree", "ReadQuestion", "TreeNode", "list_files", "read_file"]
