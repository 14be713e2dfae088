//! When Ruff itself is wrong: a short apology, what to report, exit code 6.
//!
//! A panic on any thread ends the process at once: going on with a broken invariant could write wrong results.

use std::panic::PanicHookInfo;

use super::{Exit, paint};
use crate::engine::VERSION;

/// Replaces Rust's own message about panics.
pub(super) fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        paint::error(&message(info));
        std::process::exit(i32::from(Exit::Internal.code()));
    }));
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let reason = info.payload_as_str().unwrap_or("unknown reason");
    let place = info.location().map_or_else(|| "unknown place".to_owned(), ToString::to_string);
    let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
    let backtrace = std::backtrace::Backtrace::capture();
    let trace = match backtrace.status() {
        std::backtrace::BacktraceStatus::Captured => format!("{backtrace}\n"),
        _ => String::new(),
    };
    format!(
        "\nRuff has a bug and stopped; your script is not to blame. Sorry.\n\
         Please report these lines together with the script:\n  \
         ruff {VERSION} ({} {}), thread {thread}\n  {place}\n  {reason}\n{trace}",
        std::env::consts::OS,
        std::env::consts::ARCH,
    )
}
