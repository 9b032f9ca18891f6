//! Stories of threads, each run under many interleavings; `explore` says how to replay one that fails.

mod replay;
mod schedule;
mod signal;
mod thread_locals;
