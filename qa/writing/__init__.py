"""Write an answer with a language model, and check every claim of it against the articles."""
