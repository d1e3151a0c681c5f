import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from workshop import half
from workshop.export import MODELS_DIRECTORY, check_operators, frame_like

SIZES = ("s", "m")


@pytest.fixture(scope="module", params=SIZES)
def twin(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for ending in ("json", "onnx"):
        shutil.copy(MODELS_DIRECTORY / f"relight-{request.param}.{ending}", folder)
    return half.write_half(folder / f"relight-{request.param}.json", frame_like(96, 160, seed=0))


def whole_of(twin: Path) -> Path:
    return twin.with_name(twin.name.replace(half.SUFFIX, ""))


def test_contract_describes_the_twin_and_names_its_origin(twin: Path) -> None:
    contract, whole = json.loads(twin.read_text()), json.loads(whole_of(twin).read_text())
    content = (twin.parent / contract["file"]).read_bytes()
    assert contract["sha256"] == hashlib.sha256(content).hexdigest()
    assert contract["bytes"] == len(content) < 0.55 * whole["bytes"]
    assert contract["precision"] == "float16"
    assert contract["madeFrom"] == whole["sha256"]
    same = ("inputs", "outputs", "alignment", "transfer", "resolve", "macsPerPixel")
    assert {key: contract[key] for key in same} == {key: whole[key] for key in same}


def test_graph_is_the_same_in_half_floats(twin: Path) -> None:
    content = twin.with_suffix(".onnx").read_bytes()
    assert check_operators(content) == check_operators(whole_of(twin).with_suffix(".onnx").read_bytes())
    graph = onnx.load_from_string(content).graph
    types = {tensor.data_type for tensor in graph.initializer if len(tensor.dims) == 4}
    types |= {value.type.tensor_type.elem_type for value in (*graph.input, *graph.output)}
    assert types == {onnx.TensorProto.FLOAT16}


def test_answers_as_the_float32_network_does(twin: Path) -> None:
    # On frames other than that which the writer checked.
    content = [path.with_suffix(".onnx").read_bytes() for path in (whole_of(twin), twin)]
    for seed in (1, 2):
        inputs = frame_like(64, 96, seed)
        assert half.agreement_db(*content, inputs) >= half.LEAST_AGREEMENT_DB


def test_weights_that_no_half_float_holds_are_refused() -> None:
    content = (MODELS_DIRECTORY / "relight-s.onnx").read_bytes()
    model = onnx.load_from_string(content)
    weights = model.graph.initializer[0]
    values = onnx.numpy_helper.to_array(weights) + np.float32(1e6)
    weights.CopyFrom(onnx.numpy_helper.from_array(values, weights.name))
    with pytest.raises(half.HalfError, match="no half float"):
        half.to_half(model.SerializeToString())
