"""AMD's 7 series, part by part.

LUTs (four to a slice), flip-flops (eight to a slice), DSP48E1 and block RAMs are those of "7 Series FPGAs Data Sheet:
Overview" (DS180, tables of Spartan-7, Artix-7 and Kintex-7) and "Zynq-7000 SoC Data Sheet: Overview" (DS190, table of
the programmable logic). The data sheets count block RAMs of 36 kbit, of which each is two RAMB18E1.
"""

import re

# part: LUTs, DSP48E1, block RAMs of 36 kbit
XILINX_PARTS = {
    "xc7s6": (3752, 10, 5),
    "xc7s15": (8000, 20, 10),
    "xc7s25": (14600, 80, 45),
    "xc7s50": (32600, 120, 75),
    "xc7s75": (48000, 140, 90),
    "xc7s100": (64000, 160, 120),
    "xc7a12t": (8000, 40, 20),
    "xc7a15t": (10400, 45, 25),
    "xc7a25t": (14600, 80, 45),
    "xc7a35t": (20800, 90, 50),
    "xc7a50t": (32600, 120, 75),
    "xc7a75t": (47200, 180, 105),
    "xc7a100t": (63400, 240, 135),
    "xc7a200t": (134600, 740, 365),
    "xc7k70t": (41000, 240, 135),
    "xc7k160t": (101400, 600, 325),
    "xc7k325t": (203800, 840, 445),
    "xc7k355t": (222600, 1440, 715),
    "xc7k410t": (254200, 1540, 795),
    "xc7k420t": (260600, 1680, 835),
    "xc7k480t": (298600, 1920, 955),
    "xc7z007s": (14400, 66, 50),
    "xc7z010": (17600, 80, 60),
    "xc7z012s": (34400, 120, 72),
    "xc7z014s": (40600, 170, 107),
    "xc7z015": (46200, 160, 95),
    "xc7z020": (53200, 220, 140),
    "xc7z030": (78600, 400, 265),
    "xc7z035": (171900, 900, 500),
    "xc7z045": (218600, 900, 545),
    "xc7z100": (277400, 2020, 755),
}
RANGES = "xc7s6 .. xc7s100, xc7a12t .. xc7a200t, xc7k70t .. xc7k480t, xc7z007s .. xc7z100"
# What may follow a part in an ordering code: grade, speed and package, in either order of the last two.
_SUFFIX = re.compile(r"i?l?(-[123]l?[a-z]?)?([a-z]{3,4}\d{3,4}[a-z]?)?(-[123]l?[a-z]{0,2})?")


def part_of(name: str) -> str | None:
    """The part that an ordering code begins with ("xc7a35ticsg324-1L": "xc7a35t"), in upper or lower case."""
    name = name.lower()
    for part in sorted(XILINX_PARTS, key=len, reverse=True):
        if name.startswith(part) and _SUFFIX.fullmatch(name.removeprefix(part)):
            return part
    return None
