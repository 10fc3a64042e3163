"""The studio: calculators, hardware view and comparison of bit-widths on one local page (``rnnhw studio``)."""
