"""Maps one configuration to standard cells, and measures their area in gate equivalents."""

from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from rnnhw.synth.asic import synthesise_asic
from rnnhw.synth.liberty import read_library
from rnnhw.synth.tools import versions

from .measure import FORMAT


class ChipTask:
    """One mapping to the cells of a Liberty file.

    Parameters
    ----------
    drawn : Drawn
    liberty : path
    """

    def __init__(self, drawn, liberty):
        self.library = read_library(liberty)
        self.text, self.top = drawn.design.core.rtlil, drawn.design.name

    @property
    def key(self) -> str:
        """Of all that its outcome depends on."""
        contents = sha256(self.library.path.read_bytes()).hexdigest()
        how = (FORMAT, contents, sorted(versions(("yosys",)).items()))
        return sha256(f"{how}{self.text}".encode()).hexdigest()

    def run(self) -> dict:
        """Area, gate equivalents and memories as plain data.

        Raises
        ------
        SynthesisError
        """
        with TemporaryDirectory(prefix="rnnhw-") as folder:
            made = synthesise_asic(self.text, self.top, self.library, Path(folder))
        gates = made.area / self.library.nand2.area
        macros = [memory.depth * memory.width for memory in made.memories if memory.made_of == "macro"]
        flops = sum(count for name, count in made.cells.items() if self.library.cells[name].sequential)
        return {"area": made.area, "gates": gates, "macro_bits": sum(macros), "flip_flops": flops}
