"""What coefficients are expected to be before anything is measured: one flip-flop for a bit of a register, one LUT for
a bit of an adder or of a choice. The fit stays near them as far as the measurements leave it open."""

EXPECTED = {
    "ff": {
        "sum chain": {"registers": 1},
        "cell update": {"registers": 0.9},
        "MAC array": {"registers": 0.9},
        "memories": {"memory register bits": 1},
        "element select": {"registers": 1, "state registers": 1},
        "answers": {"waiting": 1, "rows": 1},
        "input buffer": {"element counter": 1, "word counter": 1, "one": 8},
        "drain": {"row counter": 1, "count": 1, "tag": 1, "one": 8},
        "host link": {"one": 430},
        "activation": {"bits": 1, "registers": 1, "magnitude register": 1, "word register": 1},
        "sequencer": {"one": 20, "room": 2, "weight address": 1, "state address": 1},
        "weight loader": {"one": 40},
    },
    "lut": {
        "sum chain": {"luts": 1},
        "MAC array": {"luts": 1, "partial products": 1.3},
        "memories": {
            "memory register bits": 0.6,
            "memory large bits": 0.4,
            "memory rom bits": 0.1,
            "memory page bits": 0.7,
            "memory lut rams": 4,
        },
        "cell update": {"z choices": 0.6, "z sum": 0.5, "direct bits": 0.7, "lstm bits": 6, "c": 5, "gru bits": 9}
        | {"candidate sum": 3, "reset bits": 10, "partial products": 2.3},
        "activation": {"magnitude": 1, "bits": 3, "slope products": 1},
        "drain": {"one": 12, "row counter": 2, "count": 2},
        "answers": {"one": 12, "waiting": 2, "rows": 2, "choice": 1},
        "input buffer": {"one": 20, "element counter": 2, "word counter": 3},
        "sequencer": {"one": 40, "room": 4, "weight address": 2, "state address": 3},
        "element select": {"width": 1, "states": 0.5},
        "cell memory": {"one": 8, "address": 3},
        "state memory": {"one": 8, "address": 3},
        "host link": {"one": 740},
        "weight loader": {"one": 110},
        "head": {"argmax": 40, "softmax": 350},
    },
}

# Of the clock's period, by way, in shares of the family's median period.
EXPECTED_PERIOD = {
    "positions": {"one": 0.55, "room": 0.012, "segments": 0.03, "short": 0.03, "states": 0.06, "streams": 0.06}
    | {"octaves": 0.03, "link": 0.03, "lanes": 0.005, "engines": 0.02},
    "operands": {"one": 0.45, "few": 0.15, "pages": 0.12, "few pages": 0.05, "shifts": 0.05, "octaves": 0.03}
    | {"parts": 0.05, "lanes": 0.02},
    "sums": {"one": 0.35, "accumulator": 0.008, "levels": 0.08, "few levels": 0.1, "few": 0.1, "shifts": 0.05}
    | {"octaves": 0.03},
    "answers": {"one": 0.4, "queue": 0.01, "choice": 0.05, "several": 0.05, "octaves": 0.03, "registers": 0.05}
    | {"block": 0.15, "block choice": 0.05, "fed back": 0.1, "block fed back": 0.5},
    "partial products": {"one": 0.3, "element": 0.012, "rows": 0.01, "few": 0.2, "few rows": 0.04, "levels": 0.02}
    | {"octaves": 0.03},
    "updates": {
        "one": 0.3,
        "few": 0.2,
        "few table": 0.2,
        "bits": 0.015,
        "few bits": 0.03,
        "octaves": 0.03,
        "gru": 0.05,
    },
    "products": {
        "one": 0.4,
        "few": 0.5,
        "few table": 0.1,
        "bits": 0.02,
        "few bits": 0.03,
        "octaves": 0.03,
        "gru": 0.02,
    },
    "interpolation": {"one": 0.4, "bits": 0.015, "few": 0.3, "few table": 0.1, "octaves": 0.03},
    "argmax": {"one": 0.6, "width": 0.01, "choice": 0.03, "block": 0.45, "octaves": 0.03},
    "softmax": {"one": 0.8, "width": 0.005, "octaves": 0.03},
}

# iCE40: logic cells of LUTs and flip-flops that share some.
EXPECTED_PACKED = {"lut": 1, "ff": 0.5}
# Gate equivalents of a LUT's logic, a flip-flop, a bit that is kept in flip-flops with its choice, a constant bit, and
# a bit of a macro's word.
EXPECTED_GATES = {"logic": 3.5, "flip-flops": 6.5, "kept bits": 8, "kept words": 2, "constant bits": 0.3}
EXPECTED_GATES |= {"macro words": 1}
