"""A module's forward is golden's run of what it exports, in every element."""

from dataclasses import replace

import numpy as np
import pytest

from rnnhw.network import LSTM, Dense, Network
from rnnhw.quantize import load_quantized, quantize
from tests.networks import CELLS, KINDS, random_batch

from .cases import WIDTHS, case, shaken, torch, values

from rnnhw.torch import prepare  # isort: skip (skips above where torch is missing)


def compare(found, module, golden, state=None) -> None:
    """Answers and states of a case, by the module in eval mode and by golden."""
    y, ended = golden.run(found.x, found.lengths, initial_state=state, return_state=True)
    with torch.no_grad():
        answer = module.eval()(
            torch.from_numpy(found.x), torch.from_numpy(found.lengths), initial_state=state, return_state=True
        )
    assert answer[0].dtype == torch.float64
    assert np.array_equal(values(answer[0]), y)
    assert np.array_equal(values(answer[1]), ended)


@pytest.mark.parametrize("seed", range(48))
def test_random_networks(seed):
    """All kinds, modes, heads, curves, widths, roundings; lengths, initial states; before training and after."""
    kinds = [KINDS, CELLS, ("bidirectional", "rnn-relu"), *((kind,) for kind in KINDS)][seed % (3 + len(KINDS))]
    found = case(seed, kinds, mixed=seed % 3 == 1)
    module = prepare(found.net, found.options, found.calibration)
    golden = quantize(found.net, found.calibration, **found.options)
    compare(found, module, golden)
    shaken(module, seed)
    compare(found, module, module.export())
    _, state = golden.run(found.x, found.lengths, return_state=True)
    compare(found, module, module.export(), state)


def test_every_width_has_been_seen():
    """Control: the cases above are not all of one kind."""
    found = [case(seed, KINDS) for seed in range(48)]
    assert {(each.options["weight_bits"], each.options["activation_bits"]) for each in found} == set(WIDTHS)
    assert {each.net.mode for each in found} == {"one-to-one", "one-to-many", "many-to-one", "many-to-many"}
    assert {each.net.head for each in found} == {"none", "softmax", "argmax"}
    assert {each.net.tanh for each in found} == {"tanh", "hard"}
    assert {each.net.sigmoid for each in found} == {"logistic", "hard", "hard-0.2"}


def test_a_difference_of_one_in_the_weights_is_found():
    """Control: golden of other integers is not what the module gives (at 16 bits little is rounded away)."""
    found = case(2, ("lstm",), hidden=[4], outputs=[3], mode="many-to-many", head="none")
    module = prepare(found.net, found.options, found.calibration)
    golden = module.export()
    compare(found, module, golden)
    cell = golden.layers[0]
    other = replace(cell, weight_ih_raw=cell.weight_ih_raw // 2 * 2)
    with pytest.raises(AssertionError):
        compare(found, module, replace(golden, layers=(other, *golden.layers[1:])))


def test_another_rounding_is_found():
    """Control: each role's rounding counts."""
    found = case(0, ("lstm",), 40, 9, hidden=[6], outputs=[5, 3], mode="many-to-many", head="none")
    for role in "zchy":
        options = {**found.options, "rounding": {role: "floor"}}
        module = prepare(found.net, options, found.calibration)
        compare(found, module, module.export())
        with pytest.raises(AssertionError):
            compare(found, module, quantize(found.net, found.calibration, **{**options, "rounding": "half_up"}))


def test_what_is_exported_survives_a_file(tmp_path):
    found = case(3, CELLS)
    module = shaken(prepare(found.net, found.options, found.calibration), 3)
    module.export().save(tmp_path / "trained.rnnq")
    compare(found, module, load_quantized(tmp_path / "trained.rnnq"))


def test_chunks_with_the_state_handed_on_are_the_whole():
    """What truncated backpropagation through time needs: chunks give what the whole sequence gives."""
    found = case(5, ("gru",), mode="many-to-many", head="none", steps=12)
    module = prepare(found.net, found.options, found.calibration)
    x, state, answers = torch.from_numpy(found.x), None, []
    for chunk in x.split(5, dim=1):
        y, state = module(chunk, initial_state=None if state is None else state.detach(), return_state=True)
        answers.append(y)
    assert torch.equal(torch.cat(answers, dim=1), module(x))


def test_padding_never_matters_and_is_zero():
    found = case(8, ("lstm",), mode="many-to-many", head="none")
    module = prepare(found.net, found.options, found.calibration)
    y = module(found.x, found.lengths)
    other = found.x.copy()
    for row, length in enumerate(found.lengths):
        other[row, length:] = 1e6
        assert not values(y)[row, length:].any()
    assert torch.equal(module(other, found.lengths), y)


@pytest.mark.parametrize("head", ["softmax", "argmax"])
def test_logits_in_training_and_where_asked_for(head):
    found = case(1, ("lstm",), mode="many-to-one", head=head, outputs=[4])
    module = prepare(found.net, found.options, found.calibration)
    plain = replace(module.export(), head="none").run(found.x, found.lengths)
    answers = module.export().run(found.x, found.lengths)
    assert np.array_equal(values(module.train()(found.x, found.lengths)), plain)
    assert np.array_equal(values(module(found.x, found.lengths, logits=False)), answers)
    assert np.array_equal(values(module.eval()(found.x, found.lengths, logits=True)), plain)
    assert np.array_equal(values(module(found.x, found.lengths)), answers)


def test_float32_inputs_and_parameters():
    """Inputs of a data loader and a module made float32 stay exact: what is rounded is what there is."""
    found = case(4, ("lstm",), head="none")
    module = shaken(prepare(found.net, found.options, found.calibration), 4).float()
    x = found.x.astype(np.float32)
    y = module(torch.from_numpy(x), torch.from_numpy(found.lengths))
    assert np.array_equal(values(y), module.export().run(x, found.lengths))


def test_wide_sums_beside_a_small_cell_state():
    """Fractions so far apart that a sum takes more than 53 bits, where it saturates anyway."""
    rng = np.random.default_rng(1)
    weight = rng.normal(size=(12, 2)) * 1e-5
    cell = LSTM(weight, rng.normal(size=(12, 3)) * 1e-3, np.zeros(12))
    net = Network([cell, Dense(rng.normal(size=(2, 3)), np.zeros(2))], "many-to-many")
    options = {"weight_bits": 8, "activation_bits": 16}
    module = prepare(net, options, random_batch(rng, net, 4, 6))
    c = module.export().layers[0].c
    assert 16 + c.frac > 31 + 20  # f c has so many more fraction bits than i g
    x = random_batch(rng, net, 5, 7) * 1e6
    shaken(module, 1)
    assert np.array_equal(values(module(x)), module.export().run(x))
