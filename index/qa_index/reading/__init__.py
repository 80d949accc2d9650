"""From a file to an article, its metadata, its sentences and its chunks."""
