"""The chat: questions that come, answers and articles as they are shown."""
