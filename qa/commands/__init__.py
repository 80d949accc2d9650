"""The commands of `qa`, one module for what belongs together."""
