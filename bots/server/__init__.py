"""One process for the page, REST, MCP and the callbacks of chat channels."""
