//! Every panic of the process, with its place: those that the runtime turns into errors of scripts, too.

use std::panic::PanicHookInfo;
use std::sync::{Mutex, Once, PoisonError};

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
static WATCHING: Once = Once::new();

thread_local! {
    /// What the last panic of this thread said.
    static LAST: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
}

thread_local! {
    /// Whether the thread catches its panics itself.
    static CATCHES: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// From now on panics are collected. Those of tests are theirs, and printed as usual.
pub(crate) fn watch() {
    WATCHING.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let is_test = std::thread::current().name().is_some_and(|name| name.contains("::"));
            match CATCHES.get() {
                true => LAST.set(described(panic)),
                false if is_test => usual(panic),
                false => SEEN.lock().unwrap_or_else(PoisonError::into_inner).push(described(panic)),
            }
        }));
    });
}

fn described(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map_or(String::new(), ToString::to_string);
    let text = panic.payload_as_str().unwrap_or("something that is no text");
    format!("{place}: {text}")
}

/// Runs something; an error is what its panic said.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    watch();
    CATCHES.set(true);
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    CATCHES.set(false);
    done.map_err(|_| LAST.take())
}

/// The panics since the last call.
pub(crate) fn taken() -> Vec<String> {
    std::mem::take(&mut *SEEN.lock().unwrap_or_else(PoisonError::into_inner))
}

#[test]
fn panics_are_noticed() {
    assert_eq!(caught(|| 1), Ok(1));
    let text = caught(|| panic!("for the test")).expect_err("it panics");
    assert!(text.contains("panics.rs") && text.ends_with("for the test"), "{text}");
}
