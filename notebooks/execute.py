"""Execute notebooks in place and store what they print.

Run as `python notebooks/execute.py A.ipynb B.ipynb`.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

for path in tqdm(
    [Path(name) for name in sys.argv[1:]], unit="notebook", disable=None
):
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    # Only what every machine agrees on stays: the kernel, not its Python.
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
    nbformat.validate(notebook)
    nbformat.write(notebook, path)
