"""Read every format that articles come in: from a file to its stories."""
