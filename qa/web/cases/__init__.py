"""Feedback: an answer that was judged becomes a case of a suite."""
