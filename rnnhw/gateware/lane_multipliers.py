"""The lanes' multipliers: one each, or one block for two lanes."""

from itertools import product

from .multiplier import LutMultiplier
from .primitives import Primitives


def lane_products(m, weights, elements, enable, *, primitives: Primitives, lut: bool, shifts=(0,)):
    """Multiply the weights of all lanes with the elements of all columns.

    Lanes 2k and 2k + 1 share a block in each column, where the family has such blocks.

    Parameters
    ----------
    m : Module
        Gets the multipliers as submodules.
    weights : list of list of Value, by lane and column
    elements : list of Value, by column
    enable : Value
    primitives : Primitives
    lut : bool
        Make the multipliers of adders instead.
    shifts : tuple of int
        Elements are always shifted left by one of these (`ElementSelect`).

    Returns
    -------
    list of list of Value, by lane and column
    """
    lanes, columns = len(weights), len(elements)
    widths = len(weights[0][0]), len(elements[0])
    products = [[] for _ in range(lanes)]
    for lane, column in product(range(0, lanes, 2), range(columns)):
        suffix = "" if columns == 1 else f"_{column}"
        both = not lut and lane + 1 < lanes
        pair = primitives.pair(*widths, shifts=shifts) if both else None
        if pair is not None:
            m.submodules[f"multipliers_{lane}{suffix}"] = pair
            m.d.comb += [pair.a0.eq(weights[lane][column]), pair.a1.eq(weights[lane + 1][column])]
            m.d.comb += [pair.b.eq(elements[column]), pair.enable.eq(enable)]
            products[lane].append(pair.product0)
            products[lane + 1].append(pair.product1)
            continue
        for one in range(lane, min(lane + 2, lanes)):
            multiplier = (LutMultiplier if lut else primitives.multiplier)(*widths)
            m.submodules[f"multiplier_{one}{suffix}"] = multiplier
            m.d.comb += [multiplier.a.eq(weights[one][column]), multiplier.b.eq(elements[column])]
            m.d.comb += multiplier.enable.eq(enable)
            products[one].append(multiplier.product)
    return products
