"""Numbered wires take the plain name that stands for the same value; nothing else is renamed."""

from rnnhw.emit.rtlil_names import prefer_plain_names

CHILD = r"""module \top.child

  wire width 4 signed \c_new

  wire width 4 \part

  wire width 1 input 0  \clk

  attribute \init 4'0000
  wire width 4 output 1  signed \i$23

  wire width 9 \i$231

  cell $dff $1
    connect \CLK \clk
    connect \Q \i$23
  end

connect \c_new \i$23 [3:0]
connect \part \i$231 [3:0]
end
"""
PARENT = r"""module \top

  wire width 4 output 0  \y

  cell \top.child \child
    connect \clk \clk [0]
    connect \i$23 \y [3:0]
  end

  cell \top.other \other
    connect \i$23 \y [3:0]
  end
end
"""


def test_a_port_takes_the_plain_name_and_its_parents_follow():
    text = prefer_plain_names(CHILD + PARENT)
    assert "wire width 4 output 1  signed \\c_new" in text
    assert "connect \\Q \\c_new" in text
    assert "connect \\c_new \\c_new" not in text
    assert text.count("wire width 4 signed \\c_new") == 0
    first, second = text.split("cell \\top.other")
    assert "connect \\c_new \\y [3:0]" in first
    assert "connect \\i$23 \\y [3:0]" in second  # another module's port of that name


def test_a_part_of_a_wire_is_no_name_for_it():
    text = prefer_plain_names(CHILD + PARENT)
    assert "wire width 9 \\i$231" in text
    assert "connect \\part \\i$231 [3:0]" in text


def test_text_without_numbered_wires_stays_as_it_is():
    assert prefer_plain_names(PARENT.replace("$23", "")) == PARENT.replace("$23", "")
