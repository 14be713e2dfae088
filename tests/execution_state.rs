//! Saved contexts as bytes: they go on in another session, and what cannot travel is refused by name.

use std::sync::{Arc, Mutex};

use ruff::engine::{
    Engine, Error, ExecutionState, Options, Output, Script, Session, Stream, VmExecutionResult,
};
use ruff::source::Source;

#[derive(Default)]
struct Lines(Mutex<String>);

impl Output for Lines {
    fn write(&self, _: Stream, text: &str) -> std::io::Result<()> {
        self.0.lock().expect("no test panics while it prints").push_str(text);
        Ok(())
    }

    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}

fn engine() -> Engine {
    Engine::new(Options { workers: 1, ..Options::default() })
}

fn script(text: &str) -> Script {
    engine().compile(Source::new("test.ruff", text)).expect("the script is correct")
}

/// Runs the script until it is suspended and saves it there.
fn saved(script: &Script) -> ExecutionState {
    let mut session = Session::new(&engine(), script, Arc::<Lines>::default());
    match session.execute_until_suspend() {
        Ok(VmExecutionResult::Suspended { context_id }) => {
            session.save_execution_state(context_id).expect("it is suspended")
        }
        other => panic!("not suspended: {other:?}"),
    }
}

/// Lets a state go on in a session of its own, and gives what it prints.
fn go_on(script: &Script, state: &ExecutionState) -> String {
    let lines = Arc::<Lines>::default();
    let mut session = Session::new(&engine(), script, Arc::<Lines>::clone(&lines));
    session.restore_execution_state(state).expect("a state of this script");
    session.run_scheduler_until_complete().expect("the script ends");
    lines.0.lock().expect("no test panics while it prints").clone()
}

const WORKING: &str = "
func square(n) { yield_now(); return n * n }
names := [\"a\", \"b\"]
spawn { yield_now() }
print(square(7), names)
";

#[test]
fn a_context_goes_on_from_its_bytes_in_another_session() {
    let script = script(WORKING);
    let bytes = saved(&script).to_bytes(&script).expect("it holds no handle");
    let state = ExecutionState::from_bytes(&bytes, &script).expect("its own bytes");
    assert_eq!(go_on(&script, &state), "49 [a, b]\n");
    assert_eq!(go_on(&script, &state), "49 [a, b]\n", "a state can be restored again");
}

/// What is not read after the wait is not kept, though its variable is still in scope.
#[test]
fn what_is_done_with_does_not_travel() {
    let text = "
func main_part() {
    big := \"x\".repeat(1000000)
    n := 0
    for i in 2 { n += len(big) }
    yield_now()
    return n
}
print(main_part())";
    let script = script(text);
    let bytes = saved(&script).to_bytes(&script).expect("it holds no handle");
    assert!(bytes.len() < 1000, "the snapshot takes {} bytes", bytes.len());
    assert_eq!(go_on(&script, &saved(&script)), "2000000\n");
}

#[test]
fn a_handle_cannot_travel() {
    let script = script("print(await async_sleep(500))");
    match saved(&script).to_bytes(&script) {
        Err(Error::Failed(failure)) => assert!(failure.to_string().contains("promise"), "{failure}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_open_scope_cannot_travel() {
    let script = script("async_scope { spawn { yield_now() }; yield_now(); print(1) }");
    match saved(&script).to_bytes(&script) {
        Err(Error::Failed(failure)) => assert!(failure.to_string().contains("<async_scope>"), "{failure}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_copy_of_a_context_leaves_a_scope_without_the_children_of_the_original() {
    let script = script("async_scope { spawn { sleep(100000) }; yield_now(); print(1) }\nprint(2)");
    assert_eq!(go_on(&script, &saved(&script)), "1\n2\n");
}

#[test]
fn bytes_of_another_script_or_damaged_ones_are_refused() {
    let script_a = script(WORKING);
    let mut bytes = saved(&script_a).to_bytes(&script_a).expect("it holds no handle");
    let other = script("print(1)");
    assert!(matches!(ExecutionState::from_bytes(&bytes, &other), Err(Error::Host(_))));
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert!(matches!(ExecutionState::from_bytes(&bytes, &script_a), Err(Error::Host(_))));
}
