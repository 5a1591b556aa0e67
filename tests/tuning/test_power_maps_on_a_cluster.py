"""A map on a real cluster: two worker processes of Dask on this machine, over loopback."""

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
from distributed import Client, LocalCluster

import diagprec_core as dp

if __name__ == "__main__":
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
            found = dp.power_map(**json.loads(sys.argv[1]))
        workers = client.run(os.getpid)
        counts = client.run(lambda dask_worker: dask_worker.state.executed_count)
    print(
        json.dumps(
            {
                "power": found.power.tolist(),
                "risk": found.risk.tolist(),
                "usual_risks": found.usual_risks.tolist(),
                "processes": sorted({os.getpid(), *workers.values()}),
                "executed": sorted(counts.values()),
            }
        )
    )
"""


@pytest.mark.slow
def test_a_map_on_two_processes_is_the_map_computed_here(tmp_path):
    request = {
        "d": 30,
        "spectrum_exponent": 1.0,
        "source_exponent": 1.5,
        "start_risk": [[0.1], [1.0], [10.0]],
        "noise_std": 1.0,
        "batch_size": [1, 4, 16, 64, 256, 1024],
        "steps": 50,
    }
    program = tmp_path / "map_on_cluster.py"
    program.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, program, json.dumps(request), tmp_path / "workers"],
        capture_output=True,
        text=True,
        timeout=500,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert len(told["processes"]) == 3  # the program and its two workers
    assert min(told["executed"]) > 0  # both have worked
    here = dp.power_map(**request)
    for name in ("power", "risk", "usual_risks"):
        np.testing.assert_allclose(told[name], getattr(here, name), rtol=1e-9, err_msg=name)
