"""Clients in other languages: generated from the document, compiled, and tried against the sandbox and the vectors.

There is one folder per language: `interop.toml` describes it, `outcome` tells the outcomes apart, `main` makes the
calls that it reads.
"""

from scripts import missing_packages

missing_packages.explain()
