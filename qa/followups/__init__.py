"""Follow-up questions, put into words that stand alone: `standalone` by rules, `rewriting` with a language model."""

from qa.followups.rules import CONSIDERED, standalone

__all__ = ["CONSIDERED", "standalone"]
