"""The analysis as a whole: what it says, of what, and what it refuses."""

import json

import numpy as np
import pytest

from rnnhw import data as shipped
from rnnhw.analysis import (
    OPTIMISERS,
    PROCESSORS,
    Architecture,
    Workload,
    activation_elements,
    calculate,
    initial_network,
    shape_of,
)
from rnnhw.analysis.bptt import Pass, analyse
from rnnhw.errors import RnnhwError
from rnnhw.importers import load
from rnnhw.network import RNN, Dense, Network, load_data

SMALL = {"inputs": 2, "hidden": 6, "outputs": 3}


def small(cell="lstm", **options):
    return initial_network(Architecture(cell=cell, **SMALL | options))


def test_all_of_it_is_json():
    found = analyse(small(layers=2, bidirectional=True), workload=Workload(steps=7, batch=4)).data()
    again = json.loads(json.dumps(found, allow_nan=False))
    assert [cell["name"] for cell in again["cells"]] == ["lstm0", "lstm0_backward", "lstm1", "lstm1_backward"]
    assert [cell["layer"] for cell in again["cells"]] == [0, 0, 1, 1]
    assert again["sequences"] == 8
    assert again["data"] == "standard normal inputs, random targets, seed 0"
    assert len(again["advice"]) == 4


def test_digits_are_what_they_are():
    """The shipped model on its data: what is reported is measured anew from the passes."""
    net = load(shipped.digits_model())
    test = load_data(shipped.digits_test(), net.input_size)
    found = analyse(
        net, test.x, test.lengths, test.y, workload=Workload(steps=8, batch=50, optimiser="sgd"), truncation=3
    )
    assert found.source == "given inputs and targets"
    done = Pass(net, test.x[:32], test.lengths[:32], test.y[:32])
    full, cut = (np.concatenate([g.ravel() for g in done.gradients(at).values()]) for at in (None, 3))
    assert found.truncation.given.error == pytest.approx(np.linalg.norm(cut - full) / np.linalg.norm(full))
    assert found.truncation.given.norm == pytest.approx(np.linalg.norm(cut) / np.linalg.norm(full))
    assert found.truncation.cuts[-1].error == 0
    norms = []
    for at in range(0, 250, 50):
        part = slice(at, at + 50)
        gradients = Pass(net, test.x[part], None, test.y[part]).gradients().values()
        norms.append(np.sqrt(sum((g**2).sum() for g in gradients)))
    assert found.clipping.norms == pytest.approx(norms)
    assert found.clipping.recommended == pytest.approx(np.mean(norms))
    assert found.clipping.clipped == np.mean(np.array(norms) > np.mean(norms))


def test_exploding_gradients_are_clipped_at_the_norm_before_they_do():
    """Of a tanh RNN near its origin with U = 2: the norm of one step, not that of 2^30."""
    net = Network([RNN([[1e-12]], [[2.0]], [0.0]), Dense([[1.0]], [0.0])], "many-to-one")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 30, 1)), rng.normal(size=(8, 1))
    found = analyse(net, x, y=y)
    assert found.risks["exploding"].level == "high"
    done = Pass(net, x, None, y)
    for norm, truncation in ((found.clipping.mean, None), (found.clipping.recommended, 1)):
        gradients = done.gradients(truncation).values()
        assert norm == pytest.approx(np.sqrt(sum((g**2).sum() for g in gradients)))
    assert found.clipping.recommended < 10 < 1e6 < found.clipping.mean
    assert "Clip" in found.advice[0]


def test_the_recommended_truncation_is_the_shortest_within_the_tolerance():
    shorter = 0
    for cell in ("rnn", "lstm", "gru"):
        rng = np.random.default_rng(0)
        found = analyse(small(cell), rng.normal(size=(8, 30, 2)), y=rng.normal(size=(8, 3)))
        assert found.truncation.rule == "measured"
        best = found.truncation.recommended
        after = [cut for cut in found.truncation.cuts if cut.steps >= best.steps]
        before = [cut for cut in found.truncation.cuts if cut.steps < best.steps]
        assert all(cut.error <= 0.1 for cut in after)
        assert not before or before[-1].error > 0.1
        shorter += len(before)
    assert shorter


def test_without_targets_the_recommended_truncation_is_the_lag_of_1_percent():
    found = analyse(small("gru", layers=2), workload=Workload(steps=30, batch=8))
    assert found.truncation.rule == "lag"
    assert found.truncation.recommended.steps == max(flow.vanished.median for flow in found.flows) < 30
    short = analyse(small("gru"), workload=Workload(steps=4, batch=8))
    assert short.truncation.recommended is short.truncation.cuts[-1]
    assert "Do not truncate: gradients arrive from everywhere." in short.advice


def test_costs_are_those_of_the_calculator():
    net, workload = small("gru", mode="many-to-many"), Workload(steps=12, batch=4, samples=40, epochs=7)
    processor = PROCESSORS["one-core"]
    found = analyse(net, workload=workload, processor=processor, truncation=5)
    whole = calculate(shape_of(net), workload, processor)
    assert found.full.activations == whole.memory.activations.value
    assert found.full.forward == whole.work.forward_flops.value
    assert found.full.backward == whole.work.backward_flops.value
    assert found.full.epoch == whole.time.epoch.value
    assert found.full.training == whole.time.training.value
    assert found.given.activations == 4 * 4 * activation_elements(shape_of(net), 5)
    saved = 2 * 4 * 2 * 18 * 6  # at each of two borders no product with U: 2 FLOPs, batch 4, U of 18 x 6
    assert found.full.backward - found.given.backward == saved
    assert analyse(net, workload=workload).full.epoch is None


def test_times_follow_the_operations():
    found = analyse(small(), workload=Workload(steps=12, batch=4), processor=PROCESSORS["one-core"], truncation=3)
    share = (found.given.forward + found.given.backward) / (found.full.forward + found.full.backward)
    assert found.given.epoch == pytest.approx(share * found.full.epoch)
    assert found.given.training == pytest.approx(share * found.full.training)
    assert share < 0.6


def test_with_one_answer_only_the_last_window_goes_back():
    net = small("lstm")
    found = analyse(net, workload=Workload(steps=12, batch=4), truncation=3)
    assert found.given.backward < 0.3 * found.full.backward
    assert found.given.forward == found.full.forward


def test_backward_layers_keep_everything():
    found = analyse(small(bidirectional=True), workload=Workload(steps=12, batch=4), truncation=3)
    assert found.given.activations == found.full.activations


OF_TORCH = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "adagrad": ("Adagrad", {}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {"weight_decay": 0.0}),
}


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_the_first_step_is_torchs(optimiser):
    torch = pytest.importorskip("torch")
    net = small("gru")
    x, y = np.random.default_rng(0).normal(size=(9, 6, 2)), np.random.default_rng(1).normal(size=(9, 3))
    workload = Workload(steps=6, batch=9, optimiser=optimiser)
    found = analyse(net, x, None, y, workload=workload, learning_rate=0.02, clip_norm=0.05)
    gradients = Pass(net, x, None, y).gradients()
    weights = {f"{part.name}.{key}": getattr(part, key) for part in (*net.cells, *net.denses) for key in part.tensors}
    tensors = {name: torch.nn.Parameter(torch.tensor(value)) for name, value in weights.items()}
    for name, tensor in tensors.items():
        tensor.grad = torch.tensor(gradients[name])
    torch.nn.utils.clip_grad_norm_(tensors.values(), 0.05)
    name, options = OF_TORCH[optimiser]
    getattr(torch.optim, name)(tensors.values(), lr=0.02, **options).step()
    for name, change in found.step.changes.items():
        moved = np.linalg.norm(tensors[name].detach().numpy() - weights[name]) / np.linalg.norm(weights[name])
        assert change == pytest.approx(moved, rel=3e-3)  # their eps
    assert set(found.step.changes) == {"gru0.weight_ih", "gru0.weight_hh", "fc0.weight"}


def test_seeds_decide_what_is_drawn():
    def once(seed):
        return analyse(small(), workload=Workload(steps=5, batch=4), seed=seed).data()

    assert once(1) == once(1)
    assert once(1)["cells"] != once(2)["cells"]
    assert once(1)["clipping"] != once(2)["clipping"]


def test_clipping_shortens_and_never_lengthens():
    def changes(**options):
        workload = Workload(steps=5, batch=4, optimiser="sgd")
        return analyse(small(), workload=workload, learning_rate=1.0, **options).step.changes

    gradients = changes(clip_norm=1e6)
    assert changes(clip_norm=1e3) == gradients
    assert all(changes(clip_norm=1e-3)[name] < gradients[name] for name in gradients)


def test_the_range_of_clipping_norms():
    clipping = analyse(small(), workload=Workload(steps=5, batch=4)).clipping
    assert clipping.range == pytest.approx((0.5 * clipping.mean, 10 * clipping.mean))


def test_what_is_said_of_the_learning_rate():
    def said(rate):
        found = analyse(small(), workload=Workload(steps=5, batch=4, optimiser="sgd"), learning_rate=rate)
        return found, found.advice[-1]

    found, _ = said(0.01)
    usual = found.step.usual_rate
    again, sentence = said(usual)
    assert again.step.largest[1] == pytest.approx(1e-3)
    assert sentence.endswith(" by 0.10 % of its norm in the first step, which is usual.")
    for rate in (usual / 20, usual * 20):
        assert said(rate)[1].endswith(f"; about 0.1 % is usual, which {usual:.2g} would give.")


@pytest.mark.parametrize("head", ["softmax", "argmax"])
def test_classifiers_get_classes(head):
    from dataclasses import replace

    found = analyse(replace(small(), head=head), workload=Workload(steps=5, batch=4))
    assert found.loss.startswith("cross-entropy")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"truncation": 8}, "truncation must be in 1..7, the steps of the longest sequence, not 8"),
        ({"truncation": 0}, "truncation must be at least 1, not 0"),
        ({"learning_rate": 0.0}, "learning_rate must be greater than 0, not 0.0"),
        ({"clip_norm": float("nan")}, "clip_norm must be a finite number, not nan"),
        ({"horizon": 3}, "unknown option horizon; allowed are learning_rate, .*"),
        ({"workload": Workload(steps=9)}, "steps must be the data's 7, not 9"),
    ],
)
def test_options_that_do_not_suit(options, message):
    with pytest.raises(RnnhwError, match=f"^{message}$"):
        analyse(small(), np.zeros((3, 7, 2)), **options)


def test_as_many_sequences_as_memory_takes(monkeypatch):
    monkeypatch.setattr("rnnhw.analysis.bptt.data.NUMBERS", 7 * (4 * 2 + 8 * 24) * 3)
    found = analyse(small(), np.zeros((20, 7, 2)))
    assert (found.sequences, found.truncation.sequences, found.clipping.batch) == (3, 3, 3)
    assert len(found.clipping.norms) == 6
    with pytest.raises(RnnhwError, match=r"^steps must be at most 21 for a network of this size, not 22$"):
        analyse(small(), workload=Workload(steps=22))


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
def test_the_shortest_of_all(mode):
    net = small("rnn", hidden=1, mode=mode)
    found = analyse(net, np.ones((1, 1, 2)))
    assert found.truncation.recommended.steps == 1
    assert found.flows[0].growth.median == pytest.approx(found.flows[0].single[0, 0])
    json.dumps(found.data(), allow_nan=False)


def test_sequences_that_are_all_shorter_than_their_array():
    x, lengths = np.random.default_rng(0).normal(size=(6, 12, 2)), np.array([5, 9, 1, 3, 9, 2])
    found = analyse(small("gru", bidirectional=True, mode="many-to-many"), x, lengths)
    assert [cut.steps for cut in found.truncation.cuts] == [1, 2, 3, 4, 6, 8, 9]
    assert found.full.steps == 12
    assert found.risks["vanishing"].steps == 9
    json.dumps(found.data(), allow_nan=False)


def test_data_that_do_not_suit():
    with pytest.raises(RnnhwError, match=r"^lengths and y must not be given without x$"):
        analyse(small(), y=np.zeros(3))
    x = np.zeros((3, 7, 2))
    x[1, 2, 0] = np.nan
    with pytest.raises(RnnhwError, match=r"^x must be finite"):
        analyse(small(), x)
    with pytest.raises(RnnhwError, match=r"^y must have shape \(3, 3\)"):
        analyse(small(), np.zeros((3, 7, 2)), y=np.zeros((3, 2)))
