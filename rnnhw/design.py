"""A design: a quantised network, hardware options and a target, from which everything else is made."""

from functools import cached_property

from rnnhw.board_file import design_identity
from rnnhw.boards import BOARDS, USUAL, Board
from rnnhw.boards import find as find_board
from rnnhw.emit.bench_input import seeded_vectors
from rnnhw.emit.core import Core
from rnnhw.emit.vectors import Vectors, raw_state
from rnnhw.emit.write import write_core
from rnnhw.errors import RnnhwError
from rnnhw.estimate import (
    ChipEstimate,
    Device,
    Estimate,
    allowed_devices,
    check_fits,
    dsp_blocks,
    estimate,
    estimate_chip,
    for_device,
    known_device,
    usual_length,
)
from rnnhw.gateware import NetworkTop
from rnnhw.network import check_batch
from rnnhw.plan import Hardware, balance, make_plan
from rnnhw.quantize import QuantizedNetwork
from rnnhw.synth.liberty import read_library

BENCH_SEQUENCES = 8  # of the user's own data, in the emitted bench


class Design:
    """A core to be built.

    Parameters
    ----------
    qnet : QuantizedNetwork
    lanes : int or tuple of int
        Multiply-accumulators side by side, at most, 1 .. rows of the largest matrix; one number for all engines (4 if
        nothing is said), or one for each.
    target : str or Board, optional
        A board ("icebreaker"; a user's own one as a `Board` or its file), a device ("ecp5-25f", "xc7a35ticsg324-1L") or
        a family ("ecp5"); without one there are no resource figures.
    name : str, optional
        Of the top module; the network's name by default.
    multipliers : int, optional
        Instead of lanes: how many multipliers to divide among the engines, so that the slowest one is as fast as it
        can be (`rnnhw.plan.balance`).
    **hardware
        Further fields of `rnnhw.plan.Hardware`: columns_per_cycle, pipelines, engines, streams, weights,
        weight_memory, state_memory, multiplier, update_multiplier, registers, max_steps, load_state, read_state.
        Without ``update_multiplier`` the cell updates' multipliers go into DSP blocks unless the target then has too
        few; without ``registers`` there are many on a target, for its clock, and few without one.

    Members
    -------
    plan : Plan
        The schedule, with `engines`, `lanes`, `cycles_per_step`, `latency_cycles`, `stall_cycles`.
    core : Core
        The component and its SystemVerilog.
    device : Device or None

    Raises
    ------
    RnnhwError
        For unusable options or an unknown target.
    TypeError
        For a network that is not quantised.
    """

    def __init__(self, qnet: QuantizedNetwork, lanes=None, target=None, name=None, *, multipliers=None, **hardware):
        if not isinstance(qnet, QuantizedNetwork):
            raise TypeError(f"a design takes a QuantizedNetwork (see rnnhw.quantize), not {type(qnet).__name__}")
        if not isinstance(name, str | None):
            raise TypeError(f"name must be a string, not {type(name).__name__}")
        self.qnet = qnet
        self.target = target.name if isinstance(target, Board) else target
        self.device = None if target is None else device_of(target)
        if self.device is not None:  # where there is a clock to reach
            hardware = {"registers": "many"} | hardware
        wanted = _hardware(qnet, lanes, multipliers, hardware)
        self.plan = self._plan(wanted)
        if "update_multiplier" not in hardware and self._dsp_over(self.plan):
            spared = self._plan(wanted.model_copy(update={"update_multiplier": "lut"}))
            if not self._dsp_over(spared):
                self.plan = spared
        self.core = Core(self.plan, qnet.name if name is None else name)

    def _plan(self, hardware: Hardware):
        """A plan whose memories are what the target has for them."""
        plan = make_plan(self.qnet, hardware)
        return plan if self.device is None else for_device(plan, self.device)

    def _dsp_over(self, plan) -> bool:
        return self.device is not None and dsp_blocks(plan, self.device) > self.device.dsp

    @property
    def name(self) -> str:
        """The top module's name."""
        return self.core.name

    @cached_property
    def identity(self) -> bytes:
        """Eight bytes that tell this design from any other (`rnnhw.board_file`)."""
        return design_identity(self.qnet, self.plan.hardware)

    def __repr__(self) -> str:
        target = "" if self.target is None else f", target {self.target}"
        return f"<Design {self.name}: {self.plan.lanes} lanes, {self.plan.cycles_per_step} cycles a step{target}>"

    @cached_property
    def _estimates(self) -> dict:
        return {}

    def estimate(self, length: int | None = None, clock: float | None = None, link: str = "none") -> Estimate:
        """Time; on a target resources and energy too. What is fitted and not exact has a band.

        Parameters
        ----------
        length : int, optional
            Steps of a sequence; by default as many as the network or the core fixes, if any.
        clock : float, optional
            In MHz, instead of the estimated one.
        link : str
            "none": the core alone; "uart" or "spi": with what stands between it and a host.

        Raises
        ------
        RnnhwError
            If one of them cannot be.
        """
        length = usual_length(self.plan) if length is None else length
        if (length, clock, link) not in self._estimates:
            found = estimate(self.plan, self.device, link=link, length=length, clock=clock)
            self._estimates[length, clock, link] = found
        return self._estimates[length, clock, link]

    def estimate_chip(self, liberty=None) -> ChipEstimate:
        """Gate equivalents and memories in standard cells; cycles are those of `estimate`.

        Parameters
        ----------
        liberty : path, optional
            A Liberty file, for the area in its unit.

        Raises
        ------
        RnnhwError
            For a design with a target, whose memories are made for that, or an unusable Liberty file.
        """
        if self.device is not None:
            raise RnnhwError(f"a design for {self.device.name} is not one for standard cells: leave its target out")
        return estimate_chip(self.plan, None if liberty is None else read_library(liberty).nand2.area)

    def top(self) -> NetworkTop:
        """A fresh Amaranth component, to be put into a larger Amaranth design."""
        return self.core.component()

    def load_image(self, qnet: QuantizedNetwork | None = None) -> bytes:
        """What a core with ``weights="loadable"`` takes on its stream `load`.

        Parameters
        ----------
        qnet : QuantizedNetwork, optional
            Another network for the same core: like its own in everything but the values of weights and biases.

        Raises
        ------
        RnnhwError
            If the core's weights are fixed, or the other network differs in more, by name.
        """
        if not isinstance(qnet, QuantizedNetwork | None):
            raise TypeError(f"a load image is made of a QuantizedNetwork, not of a {type(qnet).__name__}")
        return self.plan.load_image(qnet)

    def vectors(self, x, lengths=None, *, complete=None, initial_state=None) -> Vectors:
        """Stream beats of float sequences, with the answers that golden expects.

        Parameters
        ----------
        x : ndarray of float, shape (sequences, steps, inputs)
        lengths : ndarray of int, shape (sequences,), optional
        complete : sequence of bool, optional
            Which sequences get to their end; by default all. The others are broken off by the next one's start.
        initial_state : ndarray of float, shape (sequences, state size), optional
            Of a core with `load_state`; by default the network's own.
        """
        state = None if initial_state is None else raw_state(self.qnet, initial_state)
        return self.core.vectors(*self._raw(x, lengths), complete=complete, initial_state=state)

    def write(self, folder, x=None, lengths=None):
        """Write Verilog, images, the bench and the manifest into a folder.

        Parameters
        ----------
        folder : path
        x : ndarray of float, shape (sequences, steps, inputs), optional
            Sequences for the bench (the first 8 are used); seeded corner cases come with them in any case.
        lengths : ndarray of int, shape (sequences,), optional

        Returns
        -------
        Path

        Raises
        ------
        RnnhwError
            If the design does not fit its target, or the folder cannot be used.
        """
        check_fits(self.estimate())
        given = () if x is None else [part[:BENCH_SEQUENCES] for part in self._raw(x, lengths)]
        return write_core(self.core, folder, seeded_vectors(self.core, *given), self.estimate())

    def _raw(self, x, lengths):
        """Float sequences in the input's format, and their lengths."""
        x, lengths = check_batch(x, lengths, self.qnet.input_size, one_step=self.qnet.mode.startswith("one-to"))
        return self.qnet.input.from_float(x), lengths


def _hardware(qnet, lanes, multipliers, more: dict) -> Hardware:
    """The options of the core."""
    if multipliers is None:
        return Hardware(**({} if lanes is None else {"lanes": lanes}), **more)
    if lanes is not None:
        raise RnnhwError("lanes must not be given with multipliers, which are divided into lanes")
    return balance(qnet, multipliers, **more)


def device_of(target) -> Device:
    """The device of a board, or the device itself."""
    if isinstance(target, Board):
        return target.device
    name = str(target).lower()
    if name in BOARDS or name in USUAL or name.endswith(".py"):
        return find_board(str(target)).device
    device = known_device(name)
    if device is None:
        boards = ", ".join([*BOARDS, *USUAL])
        raise RnnhwError(f"target must be a board ({boards}) or a device: {allowed_devices()}; not {target!r}")
    return device
