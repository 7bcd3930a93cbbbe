"""The language-model lane: questions the lexicon cannot read, and prose on request.

The model chooses tools and fills in their arguments; it writes no number that the grounding gate
has not checked. Nothing here imports a model library before a configured model is really asked.
"""
