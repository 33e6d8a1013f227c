"""Personal data in Korean and English: found by rules, masked in text, segments and words.

text → spoken (digits said as words become digits, with a map back) → finders (numbers, dates,
network, places, people) → rules (which finding wins) → mask (edits) → remover (a whole transcript)
"""
