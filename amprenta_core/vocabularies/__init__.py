"""Vocabularies: what public files call genes, proteins, metabolites and lipids, read as declared, and what names mean.

Pure: files in, terms out; names and hits in, decisions out. ``store`` keeps the terms.
"""
