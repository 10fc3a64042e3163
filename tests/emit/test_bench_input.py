"""The sequences that an emitted bench runs: all streams, and read back as they went in."""

import json

import numpy as np
import pytest

from rnnhw.emit.bench_files import write_vectors
from rnnhw.emit.bench_input import read_sequences, seeded_vectors
from rnnhw.errors import RnnhwError
from tests.adder import AdderCore


def written(folder, core, vectors):
    return write_vectors(folder, top="adder", ports=core.ports, stimulus=vectors.stimulus(1000))


@pytest.mark.parametrize("streams", [2, 3])
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
def test_there_and_back(tmp_path, mode, streams):
    core = AdderCore(mode, streams)
    vectors = seeded_vectors(core)
    found = read_sequences(written(tmp_path, core, vectors), core)
    assert found.lengths.tolist() == vectors.lengths.tolist()
    assert found.complete.tolist() == vectors.complete.tolist()
    assert found.state.tolist() == vectors.initial_state.tolist()
    for found_x, x_raw, length in zip(found.x_raw, vectors.x_raw, vectors.lengths, strict=True):
        assert found_x[:length].tolist() == x_raw[:length].tolist()
    again = core.vectors(found.x_raw, found.lengths, complete=found.complete, initial_state=found.state)
    for name, columns in vectors.beats.items():
        assert {key: column.tolist() for key, column in columns.items()} == {
            key: column.tolist() for key, column in again.beats[name].items()
        }
    assert found.first(2).x_raw.shape[0] == len(found.first(2).state) == 2


def test_every_stream_is_exercised():
    core = AdderCore("many-to-many", 3)
    vectors = seeded_vectors(core)
    assert set(vectors.beats) == {channel.name for channel in core.ports.inputs}
    assert set(vectors.expected) == {channel.name for channel in core.ports.outputs}
    assert len(vectors.lengths) == 8
    assert not vectors.complete.all()
    own = np.arange(2 * 9 * 3).reshape(2, 9, 3)
    both = seeded_vectors(core, own, np.array([9, 4]))
    assert both.lengths.tolist() == [9, 4, *vectors.lengths.tolist()]
    assert both.initial_state[:3].tolist() == [[5, 7], [5, 7], vectors.initial_state[0].tolist()]
    assert both.complete.tolist() == [True, True, *vectors.complete.tolist()]


def test_files_that_are_not_this_cores(tmp_path):
    core = AdderCore()
    path = written(tmp_path, core, seeded_vectors(core))
    content = json.loads(path.read_text())
    content["inputs"][0]["beats"]["first"][0] = 0
    path.write_text(json.dumps(content))
    with pytest.raises(RnnhwError, match=r"not the vectors of adder \(a step without its sequence\)$"):
        read_sequences(path, core)
    del content["inputs"][0]["beats"]["first"][0]
    path.write_text(json.dumps(content))
    with pytest.raises(RnnhwError, match=r"not the vectors of adder \(cannot reshape"):
        read_sequences(path, core)
    path.write_text("{}")
    with pytest.raises(RnnhwError, match=r"not the vectors of adder \('inputs'\)$"):
        read_sequences(path, core)
