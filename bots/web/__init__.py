"""The page: chat, catalogue, homes and history. Plain HTML, made livelier by htmx."""
