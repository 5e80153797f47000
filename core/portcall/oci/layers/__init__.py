"""One layer, read: decompressed within bounds, its tar headers understood, its entries listed."""
