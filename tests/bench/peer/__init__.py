"""A small news site on Wagtail with the same articles: what `make bench-peers` measures ours beside.

Wagtail is no dependency of the project; this package is run by a Python of its own under var/bench, with the settings,
queries and templates that Wagtail's documents lead to.
"""
