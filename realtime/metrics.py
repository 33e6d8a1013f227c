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


class Metrics:
    """All instruments of one server. Safe to use from any thread."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()

        def counter(name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
            return Counter(name, text, labels, namespace=PREFIX, registry=registry)

        def gauge(name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
            return Gauge(name, text, labels, namespace=PREFIX, registry=registry)

        def histogram(
            name: str, text: str, buckets: tuple[float, ...], labels: tuple[str, ...] = ()
        ) -> Histogram:
            return Histogram(
                name, text, labels, namespace=PREFIX, buckets=buckets, registry=registry
            )

        # Sessions
        self.sessions_active = gauge("sessions_active", "Streams that are open.")
        self.sessions_capacity = gauge("sessions_capacity", "Streams that admission allows.")
        self.sessions_opened = counter("sessions_opened", "Streams accepted, resumed ones too.")
        self.sessions_resumed = counter(
            "sessions_resumed", "Streams resumed after their connection broke."
        )
        self.sessions_rejected = counter(
            "sessions_rejected", "Streams refused, by the error's code.", ("reason",)
        )
        self.audio_seconds = counter("audio_seconds", "Audio received, in seconds.")
        self.finals = counter("finals", "Final transcripts sent.")
        self.partials = counter("partials", "Partial transcripts sent.")
        self.dropped_partials = counter(
            "dropped_partials", "Partials merged or left out because a client or the model lagged."
        )
        self.first_partial_seconds = histogram(
            "first_partial_seconds",
            "First speech sample received until the first partial with text sent.",
            LATENCY_BUCKETS_S,
        )
        self.final_latency_seconds = histogram(
            "final_latency_seconds",
            "Last speech sample received until the final sent, hangover included.",
            LATENCY_BUCKETS_S,
        )
        self.early_final_seconds = counter(
            "early_final_seconds",
            "Audio of finals decoded while the hangover ran: given out, or dropped as speech went "
            "on.",
            ("outcome",),
        )
        self.word_latency_seconds = histogram(
            "word_latency_seconds",
            "End of a word in the audio until it was sent as stable or in a final.",
            LATENCY_BUCKETS_S,
        )
        self.send_timeouts = counter(
            "send_timeouts", "Connections closed because the client did not read."
        )

        # Engine
        self.queue_length = gauge("queue_length", "Requests that wait, by class.", ("urgency",))
        self.queue_wait_seconds = histogram(
            "queue_wait_seconds", "Request until dispatch, by class.", WAIT_BUCKETS_S, ("urgency",)
        )
        self.inference_seconds = histogram(
            "inference_seconds", "One call of the model.", DECODE_BUCKETS_S, ("kind",)
        )
        self.batch_size = histogram("batch_size", "Windows in one call.", BATCH_BUCKETS)
        self.rtf = histogram("rtf", "Time of a call ÷ audio it decoded.", RTF_BUCKETS)
        self.passes = counter("passes", "Encoder passes, retries included.")
        self.decoded_seconds = counter("decoded_seconds", "Audio decoded, overlaps counted again.")
        self.repaired = counter("repaired", "Hypotheses that repeated themselves in a loop.")
        self.doubtful = counter("doubtful", "Finals that stayed doubtful after every retry.")
        self.remedies = counter("remedies", "Windows decoded again, by method.", ("way",))
        self.cost_usd = counter("cost_usd", "What a cloud charges for its work, by the set price.")
        self.decode_failures = counter("decode_failures", "Requests that failed in the model.")
        self.worker_restarts = counter("worker_restarts", "Hung workers that were replaced.")
        self.engine_ready = gauge("engine_ready", "1 while the model answers, else 0.")
        self.busy_ratio = gauge("busy_ratio", "Share of the workers' time spent decoding, 0 … 1.")

        # HTTP
        self.http_requests = counter("http_requests", "HTTP answers, by status.", ("status",))

        # Keys: the label is the operator's name for the key, or `key-…`, never the key itself
        self.key_streams = gauge("key_streams", "Live streams open, by key.", ("client",))
        self.key_audio_seconds = counter(
            "key_audio_seconds",
            "Audio in seconds, by key: live as it came, files as they were transcribed.",
            ("client", "kind"),
        )
        self.key_requests = counter("key_requests", "HTTP requests, by key.", ("client",))
        self.key_refusals = counter(
            "key_refusals",
            "Streams and files refused because their key's quota was used up.",
            ("client", "reason"),
        )
        self.wrong_keys = counter("wrong_keys", "Requests and streams with a wrong key.")

        # Process
        self.event_loop_lag_seconds = histogram(
            "event_loop_lag_seconds", "How late the event loop ran a timer.", WAIT_BUCKETS_S
        )
        self.jobs = gauge("jobs", "File jobs, by state.", ("state",))

    def render(self) -> bytes:
        """The body of a response of `/metrics`, of type `CONTENT_TYPE`."""
        return generate_latest(self.registry)


CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
