from __future__ import annotations

from realtime.metrics import Metrics


def test_two_servers_in_one_process_do_not_meet() -> None:
    one, other = Metrics(), Metrics()
    one.sessions_active.set(3)
    assert b"realtime_sessions_active 3.0" in one.render()
    assert b"realtime_sessions_active 0.0" in other.render()


def test_every_instrument_is_named_after_the_project_and_explained() -> None:
    text = Metrics().render().decode()
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# HELP")]
    assert len(names) > 25
    assert all(name.startswith("realtime_") for name in names)
    assert all(len(line.split(maxsplit=3)) == 4 for line in text.splitlines() if "# HELP" in line)


def test_labels_come_from_fixed_sets() -> None:
    metrics = Metrics()
    metrics.sessions_rejected.labels(reason="busy").inc()
    metrics.inference_seconds.labels(kind="final").observe(0.1)
    metrics.queue_wait_seconds.labels(urgency="partial").observe(0.1)
    text = metrics.render().decode()
    assert 'realtime_sessions_rejected_total{reason="busy"} 1.0' in text
    assert 'realtime_inference_seconds_count{kind="final"} 1.0' in text
