"""The JSON API, and the same as tools for programs that speak MCP."""
