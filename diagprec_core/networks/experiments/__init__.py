"""The experiments of chapters 16 to 18: what is run, how it is tuned, and what is read off it.

Beside the library for a model of one's own, which it uses. Floors, each importing only from those
before it: `statistics`, `search`, `tables`; the experiments; `sweep`, which runs them all.
"""
