"""What a network runs on: the rate and the bandwidth of a processor."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from rnnhw.analysis.workload import PRECISIONS
from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import lookup
from rnnhw.validation import Options

#: Of rates, in GFLOP/s and GB/s; what is beyond is a typing error.
HIGHEST = 1e9
_Rate = Annotated[float, Field(gt=0, le=HIGHEST, allow_inf_nan=False)]
_Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class Processor(Options):
    """A processor, as far as a roofline knows it.

    Parameters
    ----------
    name : str
    peak_gflops : dict of str to float, or float
        Highest rate of multiplications and additions in GFLOP/s, for each precision that it has; a number is that of
        all of them.
    bandwidth_gbs : float
        Of its memory, in GB/s (10^9 bytes).
    cache_mb : float
        What stays near the arithmetic from step to step, in MB (10^6 bytes): weights that fit are read once and not
        at every step. 0: they never do.
    efficiency : float
        Share of the roofline's bound that is assumed to be reached, 0..1.
    efficiency_alone : float, optional
        The same for one sequence alone, where it is known to differ (`measure_processor`).
    source : str
        Where the figures are from.

    Raises
    ------
    RnnhwError
        A rate that is not positive and finite, or an efficiency outside 0..1.
    """

    name: str = "given"
    peak_gflops: dict[Literal["float64", "float32", "bfloat16", "float16"], _Rate]
    bandwidth_gbs: _Rate
    cache_mb: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] = 0.0
    efficiency: _Share = 0.5
    efficiency_alone: _Share | None = None
    source: str = "given"

    @field_validator("peak_gflops", mode="before")
    @classmethod
    def _of_all(cls, value):
        if isinstance(value, dict):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= HIGHEST:
            raise RnnhwError(f"peak_gflops must be a number above 0 and at most {HIGHEST:,.0f}, not {value}")
        return dict.fromkeys(PRECISIONS, float(value))

    def peak(self, precision: str) -> float:
        """FLOP/s in a precision.

        Raises
        ------
        RnnhwError
            If the processor does not compute in it.
        """
        if precision not in self.peak_gflops:
            raise RnnhwError(f"{self.name} has no rate in {precision}; it has {', '.join(self.peak_gflops)}")
        return self.peak_gflops[precision] * 1e9

    def keeps(self, count: int) -> bool:
        """Whether so many bytes stay in the cache from step to step."""
        return count <= self.cache_mb * 1e6


_PRESETS = (
    Processor(
        name="cortex-m4f",
        peak_gflops={"float32": 0.168},
        bandwidth_gbs=0.336,
        source="168 MHz; Arm Cortex-M4 TRM: VMUL.F32 and VADD.F32 1 cycle each (VFMA.F32 3), VLDR.32 2 (4 bytes)",
    ),
    Processor(
        name="desktop-cpu",
        peak_gflops={"float32": 896.0, "float64": 448.0},
        bandwidth_gbs=51.2,
        cache_mb=16.0,
        source="8 cores x 3.5 GHz x 32 FLOPs (two AVX2 FMA units, float32); 2 channels DDR4-3200",
    ),
    Processor(
        name="one-core",
        peak_gflops={"float32": 112.0, "float64": 56.0},
        bandwidth_gbs=25.6,
        cache_mb=2.0,
        source="1 core x 3.5 GHz x 32 FLOPs (two AVX2 FMA units, float32); 1 channel DDR4-3200",
    ),
    Processor(
        name="nvidia-t4",
        peak_gflops={"float32": 8_100.0, "float16": 65_000.0},
        bandwidth_gbs=320.0,
        cache_mb=4.0,
        source="NVIDIA: 2,560 cores x 1.59 GHz x 2 FLOPs, tensor cores 65 TFLOP/s; 256 bits x 10 Gbit/s",
    ),
    Processor(
        name="nvidia-a100",
        peak_gflops={"float64": 9_700.0, "float32": 19_500.0, "bfloat16": 312_000.0, "float16": 312_000.0},
        bandwidth_gbs=1_555.0,
        cache_mb=40.0,
        source="NVIDIA's data sheet of the A100 40GB, without TF32 and sparsity",
    ),
)
#: Processors by name.
PROCESSORS = {processor.name: processor for processor in _PRESETS}


def find_processor(name: str) -> Processor:
    """A processor of `PROCESSORS` by its name.

    Raises
    ------
    RnnhwError
        If there is none of this name.
    """
    return lookup("processor", name, PROCESSORS, {})
