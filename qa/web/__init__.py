"""The page and the JSON API: one library, served to browsers and programs on this machine."""
