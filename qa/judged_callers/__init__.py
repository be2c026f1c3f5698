"""The programs that qa.callers judges, each an adapter of docs/judge-callers.md."""
