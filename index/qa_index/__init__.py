"""From files to a searchable library: read articles, cut them, embed them, keep them, find them."""
