"""Demo data: `is_empty`, `load`, `summary`."""

from services.demo.loader import NotEmptyError, is_empty, load, summary

__all__ = ["NotEmptyError", "is_empty", "load", "summary"]
