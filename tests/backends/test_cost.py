from __future__ import annotations

import pytest

from realtime.backends.cost import CostTable


def test_the_cost_is_unknown_before_the_first_call() -> None:
    assert CostTable().expect("greedy", 800, 1) == 0.0


def test_the_cost_follows_the_measurements() -> None:
    costs = CostTable()
    costs.observe("greedy", 800, 1, 0.1)
    assert costs.expect("greedy", 800, 1) == 0.1
    costs.observe("greedy", 800, 1, 0.2)
    assert costs.expect("greedy", 800, 1) == pytest.approx(0.12)


def test_the_cost_is_scaled_from_the_nearest_call_of_the_same_kind() -> None:
    costs = CostTable()
    costs.observe("greedy", 800, 1, 0.1)
    costs.observe("greedy", 3000, 1, 0.6)
    costs.observe("beam", 800, 1, 9.0)
    assert costs.expect("greedy", 400, 1) == pytest.approx(0.05)
    assert costs.expect("greedy", 2500, 1) == pytest.approx(0.5)
    assert 0.1 < costs.expect("greedy", 800, 4) < 0.4
    assert costs.expect("greedy", 800, 2) < costs.expect("greedy", 800, 3)


def test_a_call_of_another_kind_is_better_than_none() -> None:
    costs = CostTable()
    costs.observe("greedy", 800, 1, 0.1)
    assert costs.expect("beam", 800, 1) == pytest.approx(0.1)
