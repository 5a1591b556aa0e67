"""The experiment on small networks: four tasks, every factor of the protocol crossed.

Floors, each importing only from those before it: `tasks`, `curvature`, `rules`, `cells`; `bases`;
`descent`, `levenberg`, `moments`; `experiment`, `along`; `results`, `costs`; `plots`.
"""
