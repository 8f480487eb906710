"""Whole-exome biomarkers of tumour-blood pairs, joined to response, toxicity and survival."""

__version__ = "0.1.0"
