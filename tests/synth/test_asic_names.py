"""Plain names: none is lost, none is given twice, and nothing else is altered."""

from rnnhw.synth.plain_names import plain_names

TEXT = r"""attribute \top 1
module \top
  attribute \src "a.b"
  wire width 2 \core.a_b
  wire \core.a.b
  wire \core_a_b
  wire width 4 output 1 \y
  wire $auto$1
  wire \9[3]
  cell $and \core.a
    parameter \A_WIDTH 2
    connect \A \core.a_b [1]
    connect \B { \core.a.b \9[3] $auto$1 }
    connect \Y \core_a_b
  end
  connect \y { \core.a_b \core.a.b 1'0 }
end
"""
EXPECTED = r"""attribute \top 1
module \top
  attribute \src "a.b"
  wire width 2 \core_a_b_1
  wire \core_a_b_2
  wire \core_a_b
  wire width 4 output 1 \y
  wire $auto$1
  wire \_9_3_
  cell $and \core_a
    parameter \A_WIDTH 2
    connect \A \core_a_b_1 [1]
    connect \B { \core_a_b_2 \_9_3_ $auto$1 }
    connect \Y \core_a_b
  end
  connect \y { \core_a_b_1 \core_a_b_2 1'0 }
end
"""


def test_names():
    text, names = plain_names(TEXT)
    assert text == EXPECTED
    assert names == {
        "core.a_b": "core_a_b_1",
        "core.a.b": "core_a_b_2",
        "core_a_b": "core_a_b",
        "y": "y",
        "9[3]": "_9_3_",
        "core.a": "core_a",
    }
    assert plain_names(text)[0] == text
