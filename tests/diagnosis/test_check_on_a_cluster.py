"""Checks on a real cluster: two worker processes of Dask on this machine, over loopback."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import diagprec_core as dp

# A program of its own: worker processes import the main module of whoever starts them.
PROGRAM = """
import json
import os
import sys

import joblib
import numpy as np
from distributed import Client, LocalCluster

import diagprec_core as dp

if __name__ == "__main__":
    data = np.load(sys.argv[1])
    cluster = LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        local_directory=sys.argv[2],
    )
    with cluster, Client(cluster) as client:
        client.wait_for_workers(2, timeout=240)
        with joblib.parallel_config(backend="dask"):
            found = dp.diagnose(data["x"], data["y"], batch_size=2, steps=20, runs=70, jobs=2)
        counts = client.run(lambda dask_worker: dask_worker.state.executed_count)
    print(json.dumps({"means": [m.mean.tolist() for m in found.checks],
                      "executed": sorted(counts.values())}))
"""


@pytest.mark.slow
def test_runs_on_two_processes_are_the_runs_here(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 3)) * [2.0, 1.0, 0.5]
    y = x.sum(axis=1) + rng.standard_normal(200)
    np.savez(tmp_path / "data.npz", x=x, y=y)
    program = tmp_path / "check_on_cluster.py"
    program.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, program, tmp_path / "data.npz", tmp_path / "workers"],
        capture_output=True,
        text=True,
        timeout=500,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert min(told["executed"]) > 0  # both have worked
    here = dp.diagnose(x, y, batch_size=2, steps=20, runs=70)
    for found, expected in zip(told["means"], here.checks, strict=True):
        np.testing.assert_allclose(found, expected.mean, rtol=1e-12)
