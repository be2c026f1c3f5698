"""The version of the client, the one that its wheel has."""

VERSION = "0.1.0"
