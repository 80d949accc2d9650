"""Keep a library on disk: the catalog that is the truth, the caches made from it, and one writer at a time."""
