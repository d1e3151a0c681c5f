import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from workshop import export
from workshop.checkpoint import Ema, Progress, RunConfig, RunError, open_network, save_best
from workshop.features import INPUTS, network_inputs, network_outputs
from workshop.network import RelightNet


@pytest.fixture(scope="module", params=[True, False], ids=["history", "no-history"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> export.Exported:
    run = tmp_path_factory.mktemp("run")
    torch.manual_seed(1)
    net = RelightNet("s", request.param)
    # As in a trained network no two layers have equal biases, which the exporter would make one of.
    with torch.no_grad():
        for weights in net.parameters():
            weights.add_(0.01 * torch.randn_like(weights))
    RunConfig(
        size="s",
        seed=1,
        batch=4,
        data=["data"],
        minutes=None,
        steps=9,
        commit="abc",
        shots=3,
        frames=12,
        history=request.param,
    ).save(run)
    save_best(run, Ema(net, 0.9), Progress(9, 90.0), 20.0)
    return export.export_run(run, models=run / "models", golden=run / "golden")


def test_contract_describes_the_file(exported: export.Exported) -> None:
    contract = json.loads(exported.contract.read_text())
    content = exported.model.read_bytes()
    assert contract["sha256"] == hashlib.sha256(content).hexdigest()
    assert contract["bytes"] == len(content)
    assert contract["file"] == exported.model.name == "relight-s.onnx"
    assert tuple(contract["inputs"]) in (INPUTS, network_inputs(history=False))
    history = tuple(contract["inputs"]) == INPUTS
    assert tuple(contract["outputs"]) == network_outputs(history)
    assert contract["training"] == {
        "commit": "abc", "seed": 1, "shots": 3, "frames": 12, "minutes": 1.5, "steps": 9,
    }  # fmt: skip
    assert contract["transfer"]["materialFloor"] == 0.02
    assert contract["resolve"] == {"normal": 32, "depth": 60, "width": 2, "edgeLimit": 4}


def test_an_exported_network_opens_as_its_run_does(exported: export.Exported, tmp_path: Path) -> None:
    run = exported.model.parents[1]
    ours, theirs = open_network(exported.model), open_network(run)
    assert (ours.size, ours.history) == (theirs.size, theirs.history)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)
    with pytest.raises(RunError, match="no such network"):
        open_network(tmp_path / "none.onnx")


def test_graph_has_free_sizes_and_no_shape_arithmetic(exported: export.Exported) -> None:
    model = onnx.load(exported.model)
    contract = json.loads(exported.contract.read_text())
    inputs, outputs = len(contract["inputs"]), len(contract["outputs"]) * contract["outputCell"] ** 2
    assert model.opset_import[0].version == export.OPSET
    for value, count, sizes in (
        (model.graph.input[0], inputs, ["height", "width"]),
        (model.graph.output[0], outputs, ["cell_rows", "cell_columns"]),
    ):
        axes = value.type.tensor_type.shape.dim
        assert [axes[0].dim_value, axes[1].dim_value] == [1, count]
        assert [axes[2].dim_param, axes[3].dim_param] == sizes
    assert set(exported.operators) <= export.ALLOWED_OPERATORS
    assert exported.operators["Conv"] == 17
    assert exported.difference < export.TOLERANCE


def test_parity_sample_reproduces_in_the_runtime(exported: export.Exported) -> None:
    golden = exported.model.parents[1] / "golden"
    sample = json.loads((golden / "relight-s-parity.json").read_text())
    values = np.fromfile(golden / sample["file"], "<f4")
    split = sample["output"]["offsetBytes"] // 4
    inputs, outputs = values[:split].reshape(sample["input"]["shape"]), values[split:]
    session = export.runtime_session(exported.model.read_bytes())
    actual = session.run([sample["output"]["name"]], {sample["input"]["name"]: inputs})[0]
    np.testing.assert_allclose(actual.ravel(), outputs, atol=1e-4)


def test_a_wrong_runtime_is_refused() -> None:
    content = export.to_onnx(RelightNet("s"))
    with pytest.raises(export.ExportError, match="runtime and torch differ"):
        export.check_parity(RelightNet("s"), content)


def test_missing_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"config\.json is missing"):
        export.main([str(tmp_path)])
