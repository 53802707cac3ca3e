"""Motifs: one type, its file formats, exact score distributions, scanning, similarity, logos."""
