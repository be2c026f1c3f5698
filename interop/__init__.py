"""Clients in other languages, generated from the document, compiled, and tried against the sandbox and the vectors.

One folder a language: `interop.toml` says how, `outcome` tells the outcomes apart, `main` makes the calls it is told.
"""
