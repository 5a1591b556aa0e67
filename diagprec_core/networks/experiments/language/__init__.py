"""The experiments on text: a character transformer of 105,088 parameters, too many for a full G.

Floors, each importing only from those before it: `text`, `model`, `rules`; `training`;
`experiment`; `power`.
"""
