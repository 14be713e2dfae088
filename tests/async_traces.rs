//! The way of an error through contexts, as reports show it: where each context was created and awaited.

mod harness;

use std::sync::Arc;

use harness::{Capture, Mode};
use ruff::engine::{Engine, Error, Failure};
use ruff::source::Source;

/// The one failure that a script ends with.
fn failure(text: &str, mode: Mode) -> Failure {
    let engine = Engine::new(mode.options());
    let script =
        engine.compile(Source::from_bytes("s.ruff", text.as_bytes()).expect("UTF-8")).expect("compiles");
    match engine.execute(&script, Arc::new(Capture::default())).end {
        Err(Error::Failed(failure)) => *failure,
        Err(Error::Unawaited(list)) => list.into_iter().next().expect("one is reported"),
        other => panic!("it did not fail: {other:?}"),
    }
}

/// Calls and hops, innermost first, are these lines in every mode.
fn check(text: &str, expected: &[&str]) {
    for mode in harness::MODES {
        let failure = failure(text, mode);
        let calls = failure.calls.iter().map(ToString::to_string);
        let lines: Vec<String> = calls.chain(failure.hops.iter().map(ToString::to_string)).collect();
        assert_eq!(lines, expected, "{}", mode.name());
    }
}

#[test]
fn an_awaited_error_shows_the_way_up_to_main() {
    check(
        "async func inner() {\n await async_sleep(1)\n throw \"x\"\n}\n\
         async func outer() {\n p := inner()\n return await p\n}\n\
         q := outer()\nawait q\n",
        &[
            "inner (s.ruff:3:2)",
            "spawned at outer (s.ruff:6:7)",
            "awaited at outer (s.ruff:7:9)",
            "spawned at <main> (s.ruff:9:6)",
            "awaited at <main> (s.ruff:10:1)",
        ],
    );
}

#[test]
fn an_error_that_waits_in_another_context_keeps_its_way() {
    check(
        "async func bad() { throw \"x\" }\np := bad()\n\
         try { await p } except e {\n await async_sleep(1)\n throw e\n}\n",
        &["bad (s.ruff:1:20)", "spawned at <main> (s.ruff:2:6)", "awaited at <main> (s.ruff:3:7)"],
    );
}

#[test]
fn an_inline_await_is_a_call_like_any_other() {
    check("async func bad() { throw \"x\" }\nawait bad()\n", &["bad (s.ruff:1:20)", "<main> (s.ruff:2:7)"]);
}

#[test]
fn an_unawaited_rejection_shows_who_created_its_context() {
    check(
        "async func leaf() { throw \"x\" }\nasync func top() { p := leaf() }\ntop()\n",
        &["leaf (s.ruff:1:21)", "spawned at top (s.ruff:2:25)", "spawned at <main> (s.ruff:3:1)"],
    );
}

#[test]
fn library_code_is_left_out() {
    check(
        "func f(n) { throw \"x\" }\nawait parallel_map([1], f)\n",
        &["f (s.ruff:1:13)", "spawned at <main> (s.ruff:2:7)", "awaited at <main> (s.ruff:2:1)"],
    );
}

#[test]
fn a_scope_awaits_its_children() {
    check(
        "async func bad() { throw \"x\" }\nasync_scope {\n bad()\n}\n",
        &["bad (s.ruff:1:20)", "spawned at <main> (s.ruff:3:2)", "awaited at <main> (s.ruff:2:1)"],
    );
}

#[test]
fn a_long_way_is_cut() {
    let text = "async func down(n) {\n if n == 0 { throw \"x\" }\n p := down(n - 1)\n await p\n}\np := down(100)\nawait p\n";
    let hops = failure(text, Mode::Plain).hops.len();
    assert!((8..=32).contains(&hops), "{hops}");
}

#[test]
fn the_stack_of_an_error_value_is_that_of_its_own_context() {
    let text =
        "async func bad() { throw \"x\" }\np := bad()\ntry { await p } except e { throw e.stack[0] }\n";
    assert!(failure(text, Mode::Plain).diagnostic.message.starts_with("bad (s.ruff:1:20)"));
}
