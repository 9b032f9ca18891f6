//! The peers: libraries that put a context, span or scope on the thread for the length of a call.
//! Set-up stays outside the measured loop, and a row does no more than its library must.

use std::hint::black_box;
use std::sync::{Arc, Once};
use std::time::Duration;

use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;
use tracing_subscriber::layer::{Identity, SubscriberExt};

use crate::timed::{Row, add_rows, timed};

const ROWS: &[Row] = &[
    ("tracing_existing_span", tracing_existing_span),
    ("tracing_new_span", tracing_new_span),
    ("otel_attach", otel_attach),
    ("otel_derive_attach", otel_derive_attach),
    ("fastrace_local_span", fastrace_local_span),
    ("tokio_task_local", tokio_task_local),
    ("sentry_push_scope", sentry_push_scope),
];

/// Adds the peer rows to the group.
pub(crate) fn rows(group: &mut BenchmarkGroup<'_, WallTime>) {
    add_rows(group, "peer", ROWS);
}

/// Models re-entering a context that exists: tracing enters and exits one span, again and again,
/// with a `Registry` that keeps the stack of the thread.
fn tracing_existing_span(iterations: u64) -> Duration {
    tracing::subscriber::with_default(tracing_subscriber::registry(), || {
        let span = tracing::info_span!("enter");
        timed(iterations, |call| {
            let _entered = span.enter();
            black_box(call);
        })
    })
}

/// Models entering a new context: tracing makes a span with one field in a `Registry`, enters it,
/// exits it and closes it. The layer does nothing, but without any layer a `Registry` never frees
/// a closed span, and the row would measure how its memory grows.
fn tracing_new_span(iterations: u64) -> Duration {
    let subscriber = tracing_subscriber::registry().with(Identity::new());
    tracing::subscriber::with_default(subscriber, || {
        timed(iterations, |call| {
            let span = tracing::info_span!("enter", call);
            let _entered = span.enter();
            black_box(call);
        })
    })
}

/// Models re-entering a context that exists: OpenTelemetry attaches a clone of one context to the
/// thread and detaches it.
fn otel_attach(iterations: u64) -> Duration {
    let context = opentelemetry::Context::current_with_value(7_u64);
    timed(iterations, |_| {
        let attached = context.clone().attach();
        black_box(&attached);
    })
}

/// Models entering a new context: OpenTelemetry derives a context with one value from the current
/// one, attaches it and detaches it.
fn otel_derive_attach(iterations: u64) -> Duration {
    timed(iterations, |call| {
        let attached = opentelemetry::Context::current_with_value(call).attach();
        black_box(&attached);
    })
}

/// Models entering an observed context: fastrace opens and closes a local span below a root span
/// that is recorded. Only the local spans are timed. A root keeps every record until it ends, so it
/// takes 1,000 spans; its records are collected before the next one starts, since a collector that
/// works beside the measured loop makes the times vary tenfold.
fn fastrace_local_span(iterations: u64) -> Duration {
    use fastrace::Span;
    use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
    use fastrace::local::LocalSpan;

    const SPANS_PER_ROOT: u64 = 1000;

    struct Discard;
    impl Reporter for Discard {
        fn report(&mut self, spans: Vec<SpanRecord>) {
            black_box(spans);
        }
    }
    static REPORTER: Once = Once::new();
    REPORTER.call_once(|| fastrace::set_reporter(Discard, Config::default()));

    let mut elapsed = Duration::ZERO;
    let mut left = iterations;
    while left > 0 {
        let spans = left.min(SPANS_PER_ROOT);
        left -= spans;
        {
            let root = Span::root("root", SpanContext::random());
            let _parent = root.set_local_parent();
            elapsed += timed(spans, |_| {
                let span = LocalSpan::enter_with_local_parent("enter");
                black_box(&span);
            });
        }
        fastrace::flush();
    }
    elapsed
}

/// Models a scoped value without a stack of its own: tokio swaps a value of 32 bytes into a
/// task-local for the length of a closure, which reads it once, and swaps the old one back.
fn tokio_task_local(iterations: u64) -> Duration {
    tokio::task_local! {
        static FRAME: [u64; 4];
    }
    timed(iterations, |call| {
        FRAME.sync_scope([0, 0, call, 0], || {
            FRAME.with(|frame| {
                black_box(frame[2]);
            });
        });
    })
}

/// Models entering a scope that inherits everything: sentry pushes a scope onto the hub of the
/// thread (a client without a transport behind it) and pops it.
fn sentry_push_scope(iterations: u64) -> Duration {
    use sentry_core::{Client, ClientOptions, Hub};

    let client = Client::from(ClientOptions::default());
    let hub = Hub::new(Some(Arc::new(client)), Arc::default());
    Hub::run(Arc::new(hub), || {
        timed(iterations, |_| {
            let scope = Hub::current().push_scope();
            black_box(&scope);
        })
    })
}
