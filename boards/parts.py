"""From an Amaranth platform to the part's options in the open tools."""

from rnnhw.errors import RnnhwError
from rnnhw.synth.part import Part

ICE40 = {"iCE40UP5K": "--up5k", "iCE40HX8K": "--hx8k", "iCE40LP8K": "--lp8k", "iCE40HX1K": "--hx1k"}
ECP5_SIZES = {f"LFE5U-{size}F": f"--{size}k" for size in (12, 25, 45, 85)}
ECP5_PACKAGES = {"BG256": "CABGA256", "MG285": "CSFBGA285", "BG381": "CABGA381", "BG554": "CABGA554"}


def part_of(family: str, platform) -> Part:
    """The part on a platform.

    Raises
    ------
    RnnhwError
        If the open tools do not know it.
    """
    makers = {"ice40": _ice40, "ecp5": _ecp5, "gowin": _gowin}
    try:
        return makers[family](platform)
    except (KeyError, AttributeError) as error:
        kind = type(platform).__name__
        raise RnnhwError(f"platform {kind}: its part is not one that the tools for {family} know ({error})") from None


def _ice40(platform) -> Part:
    return Part("ice40", (ICE40[platform.device], "--package", platform.package.lower()), "top.pcf")


def _ecp5(platform) -> Part:
    package = ECP5_PACKAGES[platform.package]
    options = (ECP5_SIZES[platform.device], "--package", package, "--speed", platform.speed)
    return Part("ecp5", options, "top.lpf", ("--compress",))


def _gowin(platform) -> Part:
    chip = platform.family.replace("GW1NR-", "GW1N-")  # the same die with a memory beside it
    options = ("--device", platform.part, "--vopt", f"family={chip}", "--vopt", "sspi_as_gpio")
    return Part("gowin", options, "top.cst", ("-d", chip, "--sspi_as_gpio", "--mspi_as_gpio"))
