"""What is remembered about engines and chains: the same as found out afresh, of bounded size, safe to share."""

import gc
import importlib
import pkgutil
from threading import Thread
from weakref import ref

import numpy as np
import pytest

import rnnhw.plan
import rnnhw.plan.choose as choose_module
import rnnhw.plan.pass_times as pass_times_module
import rnnhw.plan.pass_values as pass_values_module
from rnnhw.plan import Hardware, make_plan
from rnnhw.plan.chain import chain
from rnnhw.plan.pass_times import pass_times
from rnnhw.plan.plan import arrangements

from .cases import make_network, random_case, random_knobs


def modules():
    """All of rnnhw.plan."""
    for item in pkgutil.walk_packages(rnnhw.plan.__path__, "rnnhw.plan."):
        yield importlib.import_module(item.name)


def caches() -> dict:
    """All functions there that remember their outcomes."""
    return {
        f"{module.__name__}.{name}": value
        for module in modules()
        for name, value in vars(module).items()
        if hasattr(value, "cache_info") and getattr(value, "__module__", "").startswith("rnnhw.plan")
    }


def forget() -> None:
    """Begin as in a new process."""
    for cache in caches().values():
        cache.cache_clear()
    choose_module._BEST.clear()


def figures(network, knobs) -> tuple:
    """All that depends on what may be remembered."""
    plan = make_plan(network, **knobs)
    times = plan.cycles_per_step, plan.latency_cycles, plan.stall_cycles, plan.head_cycles
    columns = [(e.varying_columns("weights"), e.varying_columns("bias"), e.accumulator_bits) for e in plan.engines]
    return *times, tuple(engine.geometry for engine in plan.engines), columns, plan.memories


@pytest.mark.parametrize("seed", range(25))
def test_nothing_depends_on_what_was_planned_before(seed):
    network = random_case(seed)
    every = [random_knobs(seed + k, network) for k in range(3)] + [{"lanes": 1, "registers": "many"}]
    together = [figures(network, knobs) for knobs in (*every, *reversed(every))]
    alone = []
    for knobs in (*every, *reversed(every)):
        forget()
        alone.append(figures(network, knobs))
    assert together == alone


def test_every_cache_is_bounded():
    assert len(caches()) >= 8
    assert {name for name, cache in caches().items() if cache.cache_info().maxsize is None} == set()


def test_small_memories_give_the_same(monkeypatch):
    """Those that are no lru_cache are emptied when they are full."""
    network = random_case(3, largest=9)
    every = [random_knobs(seed, network) | {"registers": "few"} for seed in range(12)]
    wanted = [figures(network, knobs) for knobs in every]
    forget()
    for module, name in ((choose_module, "KNOWN"), (pass_times_module, "KNOWN"), (pass_values_module, "WIDTHS")):
        monkeypatch.setattr(module, name, 2)
    network = random_case(3, largest=9)
    for knobs, expected in zip(every, wanted, strict=True):
        assert figures(network, knobs) == expected
        assert len(choose_module._BEST) <= 2
        plan = make_plan(network, **knobs)
        for engine in plan.engines:
            assert all(len(item._known) <= 2 for item in pass_times(engine.layout, engine.timing))
            assert all(len(item.values._by_column) <= 2 for item in engine.passes)


def test_networks_of_equal_shapes_share_times_and_nothing_else():
    one, other = make_network(3, [6], [4], seed=1), make_network(3, [6], [4], seed=2)
    plans = [make_plan(network, lanes=6) for network in (one, other, one)]
    assert len({plan.links for plan in plans}) == 1
    first, second, third = (plan.engines[0].passes[0].values for plan in plans)
    assert first is third
    assert first is not second
    assert (first.weights != second.weights).any()


def test_shared_values_cannot_be_written():
    plan = make_plan(make_network(3, [6], [4], kind="gru"), lanes=6)
    for item in plan.engines[0].passes:
        for values in (item.weights_raw, item.bias_raw, item.input_bias_raw, item.values.peaks):
            if values is not None:
                with pytest.raises(ValueError, match="read-only"):
                    values += 1


def test_candidates_given_out_cannot_change_what_is_remembered():
    network = make_network(3, [6])
    hardware = Hardware(lanes=12)
    (choice,) = arrangements(network, hardware, chain(network, hardware))
    best, count = choice.best(), len(choice.least)
    choice.least.clear()
    (again,) = arrangements(network, hardware, chain(network, hardware))
    assert (again.best(), len(again.least)) == (best, count)


def test_values_go_with_their_network():
    network = make_network(3, [6])
    values = ref(make_plan(network, lanes=6).engines[0].passes[0].values)
    gc.collect()
    assert values() is not None
    del network
    gc.collect()
    assert values() is None


def test_several_threads_at_once():
    network, found = random_case(8, largest=9), {}
    knobs = [random_knobs(seed, network) for seed in range(6)]
    wanted = [figures(network, each) for each in knobs]
    forget()

    def work(number: int) -> None:
        order = np.random.default_rng(number).permutation(len(knobs)).tolist()
        found[number] = {at: figures(network, knobs[at]) for at in order}

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert all(found[number][at] == wanted[at] for number in range(4) for at in range(len(knobs)))
