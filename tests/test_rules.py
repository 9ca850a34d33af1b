"""The rules of a press are numbered 1 to 27; each is a test named after it."""

import re
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
RULES = range(1, 28)
NAMED = re.compile(r"def test_rule_(\d\d)_")


def numbered_tests() -> Counter[int]:
    """Count the tests that bear each rule's number."""
    found = (NAMED.findall(path.read_text("utf-8")) for path in HERE.rglob("test_*.py"))
    return Counter(int(number) for numbers in found for number in numbers)


def test_each_rule_is_a_test() -> None:
    """Every rule from 1 to 27 has a test of its name."""
    assert not [rule for rule in RULES if not numbered_tests()[rule]]


def test_there_are_no_other_rules() -> None:
    """A test named after a rule that does not exist is a slip."""
    assert set(numbered_tests()) <= set(RULES)
