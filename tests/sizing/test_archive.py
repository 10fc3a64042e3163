"""A zip of a generated core: unpacked it is an output folder that is verified."""

import io
import zipfile

import numpy as np
import pytest

from rnnhw import Design
from rnnhw.analysis import Architecture
from rnnhw.errors import RnnhwError
from rnnhw.output_folder import open_folder, run_folder
from rnnhw.sizing import archive, size


@pytest.fixture(scope="module")
def design():
    return size(Architecture(hidden=5, inputs=2, outputs=3), boards=[], lanes=4).design


def unpacked(content, folder):
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        assert made.testzip() is None
        made.extractall(folder)
        return made.namelist()


def test_it_is_what_is_written(design, tmp_path):
    x = np.random.default_rng(0).uniform(-1, 1, (3, 6, 2))
    names = unpacked(archive(design, x), tmp_path)
    assert names == sorted(names)
    written = design.write(tmp_path / "beside", x)
    files = {path.relative_to(written).as_posix(): path for path in written.rglob("*") if path.is_file()}
    assert {f"{design.name}/{name}" for name in files} == set(names)
    assert len(names) > 8
    for name, path in files.items():
        assert (tmp_path / design.name / name).read_bytes() == path.read_bytes()


def test_unpacked_it_is_verified(design, tmp_path):
    unpacked(archive(design), tmp_path)
    opened = open_folder(tmp_path / design.name)
    result = run_folder(opened, "amaranth", None, 4, None, None)
    assert result.sequences == 4
    assert result.cycles == result.planned_cycles
    assert opened.core.plan.cycles_per_step == design.plan.cycles_per_step
    one = tmp_path / design.name / f"{design.name}.sv"
    one.write_text(one.read_text().replace("clk", "clock", 1))
    with pytest.raises(RnnhwError, match=r"\.sv"):  # control: a file that was altered
        open_folder(tmp_path / design.name)


def test_equal_designs_are_equal_bytes(design):
    content = archive(design)
    again = Design(design.qnet, lanes=4)
    assert archive(again) == content
    assert archive(Design(design.qnet, lanes=5)) != content
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        assert {entry.date_time for entry in made.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_what_does_not_fit_is_refused():
    large = size(Architecture(hidden=128, layers=2, outputs=6), boards=["tang-nano-9k"]).boards[0].design
    with pytest.raises(RnnhwError, match=r"^the core does not fit: \d+ block RAMs are needed and gw1nr-9 has 26"):
        archive(large)
