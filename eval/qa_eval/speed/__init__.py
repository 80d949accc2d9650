"""How fast, how much memory, how much disk, beside what people would install instead: `qa eval speed`."""
