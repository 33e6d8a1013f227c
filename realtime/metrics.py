"""The server's counters and timings, for Prometheus.

Every instrument is an attribute of `Metrics`, on a registry of its own, so that two servers in one
process (tests) do not collide. Labels come from small fixed sets and never contain users' data.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

PREFIX = "realtime"

LATENCY_BUCKETS_S = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
DECODE_BUCKETS_S = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
WAIT_BUCKETS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 30.0)
RTF_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
BATCH_BUCKETS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)


class InstrumentFactory:
    """Makes the instruments of one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def counter(self, name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
        return Counter(name, text, labels, namespace=PREFIX, registry=self._registry)

    def gauge(self, name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(name, text, labels, namespace=PREFIX, registry=self._registry)

    def histogram(
        self, name: str, text: str, buckets: tuple[float, ...], labels: tuple[str, ...] = ()
    ) -> Histogram:
        return Histogram(
            name, text, labels, namespace=PREFIX, buckets=buckets, registry=self._registry
        )


class Metrics:
    """All instruments of one server. Safe to use from any thread."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        new = InstrumentFactory(self.registry)
        self._add_sessions(new)
        self._add_latencies(new)
        self._add_engine(new)
        self._add_http(new)
        self._add_process(new)

    def _add_sessions(self, new: InstrumentFactory) -> None:
        self.sessions_active = new.gauge("sessions_active", "Streams that are open.")
        self.sessions_capacity = new.gauge("sessions_capacity", "Streams that admission allows.")
        self.sessions_opened = new.counter("sessions_opened", "Streams accepted, resumed ones too.")
        self.sessions_resumed = new.counter(
            "sessions_resumed", "Streams resumed after their connection broke."
        )
        self.sessions_rejected = new.counter(
            "sessions_rejected", "Streams refused, by the error's code.", ("reason",)
        )
        self.audio_seconds = new.counter("audio_seconds", "Audio received, in seconds.")
        self.finals = new.counter("finals", "Final transcripts sent.")
        self.partials = new.counter("partials", "Partial transcripts sent.")
        self.dropped_partials = new.counter(
            "dropped_partials", "Partials merged or left out because a client or the model lagged."
        )

    def _add_latencies(self, new: InstrumentFactory) -> None:
        self.first_partial_seconds = new.histogram(
            "first_partial_seconds",
            "First speech sample received until the first partial with text sent.",
            LATENCY_BUCKETS_S,
        )
        self.final_latency_seconds = new.histogram(
            "final_latency_seconds",
            "Last speech sample received until the final sent, hangover included.",
            LATENCY_BUCKETS_S,
        )
        self.early_final_seconds = new.counter(
            "early_final_seconds",
            "Audio of finals decoded while the hangover ran: given out, or dropped as speech went "
            "on.",
            ("outcome",),
        )
        self.word_latency_seconds = new.histogram(
            "word_latency_seconds",
            "End of a word in the audio until it was sent as stable or in a final.",
            LATENCY_BUCKETS_S,
        )
        self.send_timeouts = new.counter(
            "send_timeouts", "Connections closed because the client did not read."
        )

    def _add_engine(self, new: InstrumentFactory) -> None:
        self.queue_length = new.gauge("queue_length", "Requests that wait, by class.", ("urgency",))
        self.queue_wait_seconds = new.histogram(
            "queue_wait_seconds", "Request until dispatch, by class.", WAIT_BUCKETS_S, ("urgency",)
        )
        self.inference_seconds = new.histogram(
            "inference_seconds", "One call of the model.", DECODE_BUCKETS_S, ("kind",)
        )
        self.batch_size = new.histogram("batch_size", "Windows in one call.", BATCH_BUCKETS)
        self.rtf = new.histogram("rtf", "Time of a call ÷ audio it decoded.", RTF_BUCKETS)
        self.passes = new.counter("passes", "Encoder passes, retries included.")
        self.decoded_seconds = new.counter(
            "decoded_seconds", "Audio decoded, overlaps counted again."
        )
        self.repaired = new.counter("repaired", "Hypotheses that repeated themselves in a loop.")
        self.doubtful = new.counter("doubtful", "Finals that stayed doubtful after every retry.")
        self.remedies = new.counter("remedies", "Windows decoded again, by method.", ("way",))
        self.cost_usd = new.counter(
            "cost_usd", "What a cloud charges for its work, by the set price."
        )
        self.decode_failures = new.counter("decode_failures", "Requests that failed in the model.")
        self.worker_restarts = new.counter("worker_restarts", "Hung workers that were replaced.")
        self.engine_ready = new.gauge("engine_ready", "1 while the model answers, else 0.")
        self.busy_ratio = new.gauge(
            "busy_ratio", "Share of the workers' time spent decoding, 0 … 1."
        )

    def _add_http(self, new: InstrumentFactory) -> None:
        """A key's label is the operator's name for it, or `key-…`, never the key itself."""
        self.http_requests = new.counter("http_requests", "HTTP answers, by status.", ("status",))
        self.key_streams = new.gauge("key_streams", "Live streams open, by key.", ("client",))
        self.key_audio_seconds = new.counter(
            "key_audio_seconds",
            "Audio in seconds, by key: live as it came, files as they were transcribed.",
            ("client", "kind"),
        )
        self.key_requests = new.counter("key_requests", "HTTP requests, by key.", ("client",))
        self.key_refusals = new.counter(
            "key_refusals",
            "Streams and files refused because their key's quota was used up.",
            ("client", "reason"),
        )
        self.wrong_keys = new.counter("wrong_keys", "Requests and streams with a wrong key.")

    def _add_process(self, new: InstrumentFactory) -> None:
        self.event_loop_lag_seconds = new.histogram(
            "event_loop_lag_seconds", "How late the event loop ran a timer.", WAIT_BUCKETS_S
        )
        self.jobs = new.gauge("jobs", "File jobs, by state.", ("state",))

    def render(self) -> bytes:
        """The body of a response of `/metrics`, of type `CONTENT_TYPE`."""
        return generate_latest(self.registry)


CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
