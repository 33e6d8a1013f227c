"""Transcripts as files for people: paragraphs, and the writers of DOCX and PDF.

paragraphs (PURE) → layout (PURE: what stands on the page) → docx, pdf; export makes files of names.
"""
