//! Awaiting from a host's point of view: what parks, what resumes, what blocks.
//!
//! The names of these tests are part of the contract of this system.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ruff::engine::{Engine, Options, Output, Script, Session, Stream, Value, VmExecutionResult};
use ruff::source::Source;

/// Collects what a script prints.
#[derive(Default)]
struct Lines(Mutex<String>);

impl Lines {
    fn text(&self) -> String {
        self.0.lock().expect("no test panics while it prints").clone()
    }
}

impl Output for Lines {
    fn write(&self, _: Stream, text: &str) -> std::io::Result<()> {
        self.0.lock().expect("no test panics while it prints").push_str(text);
        Ok(())
    }

    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}

fn engine(options: Options) -> Engine {
    Engine::new(Options { workers: 1, ..options })
}

fn compile(engine: &Engine, text: &str) -> Script {
    engine.compile(Source::new("test.ruff", text)).expect("the script is correct")
}

/// A session of this text, and what it prints.
fn session(text: &str) -> (Session, Arc<Lines>) {
    let engine = engine(Options::default());
    let lines = Arc::new(Lines::default());
    let script = compile(&engine, text);
    (Session::new(&engine, &script, Arc::<Lines>::clone(&lines)), lines)
}

#[track_caller]
fn suspended(result: VmExecutionResult) -> u64 {
    match result {
        VmExecutionResult::Suspended { context_id } => context_id,
        VmExecutionResult::Completed(value) => panic!("completed with {value:?} instead of being suspended"),
    }
}

#[track_caller]
fn completed(result: VmExecutionResult) -> Value {
    match result {
        VmExecutionResult::Completed(value) => value,
        VmExecutionResult::Suspended { context_id } => panic!("context {context_id} is still suspended"),
    }
}

#[track_caller]
fn is_int(value: &Value, wanted: i64) {
    assert!(matches!(value, Value::Int(found) if *found == wanted), "{value:?} instead of {wanted}");
}

#[test]
fn test_await_cooperative_suspend_on_pending_promise() {
    let (mut session, lines) =
        session("print(\"before\")\nawait async_sleep(50)\nprint(\"after\")\nreturn 1\n");
    let started = Instant::now();
    let id = suspended(session.execute_until_suspend().expect("nothing fails"));
    assert!(started.elapsed() < Duration::from_millis(50), "the host's thread was kept waiting");
    assert_eq!(lines.text(), "before\n");

    // The promise is pending: resuming leaves the context where it is.
    assert_eq!(suspended(session.resume_execution_context(id).expect("nothing fails")), id);
    assert_eq!(lines.text(), "before\n");
    assert!(session.resume_execution_context(id + 1_000_000).is_err(), "there is no such context");
}

#[test]
fn test_await_cooperative_resume_completes_when_ready() {
    let (mut session, lines) = session("x := 20\nawait async_sleep(200)\nprint(\"after\")\nreturn x + 1\n");
    let id = suspended(session.execute_until_suspend().expect("nothing fails"));
    let state = session.save_execution_state(id).expect("a suspended context can be saved");

    std::thread::sleep(Duration::from_millis(300));
    is_int(&completed(session.resume_execution_context(id).expect("nothing fails")), 21);
    assert_eq!(lines.text(), "after\n");

    // The saved state goes on from the await, with the variables it had; its promise is settled by now.
    let again = session.restore_execution_state(&state).expect("the state is of this program");
    is_int(&completed(session.resume_execution_context(again).expect("nothing fails")), 21);
    assert_eq!(lines.text(), "after\nafter\n");
}

#[test]
fn test_await_blocking_path_still_works() {
    let text = "async func f(n) { await async_sleep(n); return n }\nreturn sum(await promise_all([f(3), f(2), f(1)]))\n";
    let blocking = engine(Options { cooperative_suspend_enabled: false, ..Options::default() });
    let script = compile(&blocking, text);
    let report = blocking.execute(&script, Arc::new(Lines::default()));
    is_int(&report.end.expect("nothing fails"), 6);
    assert!(!blocking.cooperative_suspend_enabled());
}

#[test]
fn test_scheduler_drives_multiple_suspended_awaits() {
    let text = "async func nap(name, ms) { await async_sleep(ms); print(name); return ms }\n\
                ps := [nap(\"slow\", 60), nap(\"quick\", 5), nap(\"middle\", 30)]\n\
                return sum(await promise_all(ps))\n";
    let (mut session, lines) = session(text);
    let round = session.run_scheduler_round().expect("nothing fails");
    assert!(round.ran >= 1 && round.live >= 2, "{round:?}");
    let started = Instant::now();
    is_int(&session.run_scheduler_until_complete().expect("nothing fails"), 95);
    assert!(started.elapsed() < Duration::from_millis(90), "the sleeps did not overlap");
    assert_eq!(lines.text(), "quick\nmiddle\nslow\n");

    let (mut session, _) = self::session("await async_sleep(60000)\n");
    let error = session.run_scheduler_until_complete_with_timeout(Duration::from_millis(20));
    assert_eq!(error.expect_err("it takes a minute").to_string(), "Scheduler timed out after 20ms");
}

#[test]
fn test_vm_cooperative_enabled_by_default() {
    assert!(Options::default().cooperative_suspend_enabled);
    assert!(Engine::new(Options::default()).cooperative_suspend_enabled());
    let (session, _) = session("return 1\n");
    assert!(session.cooperative_suspend_enabled());
}

#[test]
fn test_ssg_rendering_uses_cooperative_scheduling() {
    // Ten pages on one worker: while one waits for the disk or a timer, the others are rendered.
    let text = r#"
async func render(i) {
    [meta, body] := front_matter("---\ntitle: Page ${i}\n---\n# Page ${i}\n")
    await async_sleep(30)
    doc := markdown_render(body)
    return template_render("<title>{{ title }}</title>{{ html | safe }}", {title: meta.title, html: doc.html})
}
pages := await promise_all(range(10).map(i => render(i)))
for page in pages { print(page.trim()) }
return len(pages)
"#;
    let engine = engine(Options::default());
    let script = compile(&engine, text);
    let lines = Arc::new(Lines::default());
    let started = Instant::now();
    let report = engine.execute(&script, Arc::<Lines>::clone(&lines));
    is_int(&report.end.expect("nothing fails"), 10);
    assert!(started.elapsed() < Duration::from_millis(200), "the pages waited one after the other");
    let text = lines.text();
    assert_eq!(text.lines().count(), 10);
    assert!(text.starts_with("<title>Page 0</title><h1"), "{text}");
    assert!(report.stats.contexts >= 10, "{:?}", report.stats);
}
