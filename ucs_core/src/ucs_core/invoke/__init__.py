"""Calling operations: staging, contexts, deadlines, and errors that say who failed."""
