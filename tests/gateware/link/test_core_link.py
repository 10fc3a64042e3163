# amaranth: UnusedElaboratable=no
"""Whole cores behind their links, byte by byte."""

import numpy as np
import pytest

import rnnhw.golden  # noqa: F401  (registers the golden model)
from tests.gateware.plans import small_plan

from . import frames as f
from .bench import IDENTITY, ByteCore, converse

PLAIN = {"inputs": 3, "hidden": [4], "outputs": [2], "kinds": ["lstm"], "head": "none", "mode": "many-to-one"}


def test_hello():
    plan = small_plan(1, PLAIN)

    async def talk(host):
        fields = f.hello_fields(await host.done(f.HELLO))
        network = plan.network
        formats = (network.input.width, network.input.frac, network.output.width, network.output.frac)
        assert fields == (1, IDENTITY, 3, 2, *formats, 2, 0, 1, 8, fields[12], 0, 0, 12_000_000, 2, 240)

    converse(ByteCore(plan), talk)


def test_infer():
    plan = small_plan(1, PLAIN)
    network = plan.network
    x = np.random.default_rng(1).integers(network.input.min_raw, network.input.max_raw + 1, (3, 5, 3))
    want = network.run_raw(x)

    async def talk(host):
        for sequence, answer in zip(x, want, strict=True):
            payload = f.elements(sequence.ravel(), network.input.width, first=True, last=True)
            assert await host.done(f.ELEMENTS, payload) == b""
            event = await host.event()
            assert event.type == f.OUTPUT
            assert event.payload[:2] == b"\x02\x00"
            assert f.unpacked(event.payload[2:], network.output.width) == answer.tolist()
        counters = f.counter_fields(await host.done(f.COUNTERS))
        assert counters["inputs"] == 45
        assert counters["outputs"] == 6
        assert counters["good"] == 3
        assert counters["bad"] == 0
        assert 3 * plan.cycles_per_step < counters["busy"] < counters["cycles"]

    converse(ByteCore(plan), talk)
