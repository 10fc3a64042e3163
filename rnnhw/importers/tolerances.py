"""How far a framework's own answer may be from that of the network that was made of a model."""

#: Largest difference that counts as equal where a model runs in float64, relative to its largest answer.
TOLERANCE = 1e-9
#: The same for a model that only runs in float32.
TOLERANCE_FLOAT32 = 1e-5
