"""Who may ask the server what: hosts, origins, paths, sizes, the password."""
