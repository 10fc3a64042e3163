"""What tests of the command line share beside the fixtures."""


def generated(run, small, *more):
    """The folder that generate writes for the small model."""
    code, _, error = run(
        "generate", small / "small.safetensors", "--calibrate", small / "data.npz", "-o", small / "out", *more
    )
    assert code == 0, error
    return small / "out"
