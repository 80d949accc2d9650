"""How good are the answers: suites, metrics, runs."""
