"""Execute notebooks in place and store what they print: `python notebooks/execute.py A.ipynb ...`."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

for path in tqdm([Path(argument) for argument in sys.argv[1:]], unit="notebook"):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    # Only what every machine agrees on stays: the kernel, not the Python that ran it.
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
    nbformat.validate(notebook)
    nbformat.write(notebook, path)
