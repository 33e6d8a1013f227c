"""A transcript made easier to read: paragraphs, digits, without fillers, without swear words.

Each rule finds places in a text and says what is to be seen there; it changes nothing of which it
is not sure, and what was said stays as it is stored.
changes (PURE: places in texts) → fillers, profanity, numbers_en, numbers_ko (PURE) → view (PURE).
"""
