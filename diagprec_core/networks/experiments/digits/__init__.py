"""The experiments on images of digits: a network whose exact Gauss-Newton matrix still fits.

Floors, each importing only from those before it: `model`; `matrices`; `runs`; `training`, `power`.
"""
