"""What quantisation may cost on the shipped digits, by calibration alone."""

import pytest

import rnnhw
from rnnhw.data import digits_calibration, digits_model, digits_test
from rnnhw.importers import load
from rnnhw.network import load_data


@pytest.fixture(scope="module")
def digits():
    """Network, calibration inputs, test set, and the float model's predictions."""
    net = load(digits_model())
    test = load_data(digits_test(), net.input_size)
    return net, load_data(digits_calibration(), net.input_size).x, test, net.run(test.x).argmax(axis=1)


def test_eight_bits_lose_at_most_half_a_point(digits):
    net, calibration, test, predicted = digits
    answers = rnnhw.quantize(net, calibration, weight_bits=8, activation_bits=8).run(test.x).argmax(axis=1)
    lost = (predicted == test.y).mean() - (answers == test.y).mean()
    assert len(answers) == 450
    assert lost <= 0.005


def test_sixteen_bits_predict_what_float_predicts(digits):
    net, calibration, test, predicted = digits
    answers = rnnhw.quantize(net, calibration, weight_bits=16, activation_bits=16).run(test.x).argmax(axis=1)
    assert (answers == predicted).all()


def test_two_bits_lose_more(digits):
    """Control: the measure sees a quantisation that is too coarse."""
    net, calibration, test, predicted = digits
    answers = rnnhw.quantize(net, calibration, weight_bits=2, activation_bits=4).run(test.x).argmax(axis=1)
    assert (predicted == test.y).mean() - (answers == test.y).mean() > 0.05
