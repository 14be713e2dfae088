//! A host program that runs Ruff scripts and drives their contexts itself: cargo run --example embed

use std::sync::Arc;
use std::time::Duration;

use ruff::engine::{Console, Engine, Error, Options, Session, VmExecutionResult};
use ruff::source::Source;

const SCRIPT: &str = r#"
async func step(name, ms) {
    await async_sleep(ms)
    print("  ${name} is done")
    return len(name)
}

print("  the script starts")
jobs := [step("first", 20), step("second", 10)]
return sum(await promise_all(jobs))
"#;

fn main() -> Result<(), Error> {
    let engine = Engine::new(Options::default());
    let script = engine.compile(Source::new("embedded.ruff", SCRIPT))?;

    say("1. The engine's workers run everything:");
    let report = engine.execute(&script, Arc::new(Console::default()));
    say(&format!("  value {:?}, {} contexts", report.end?, report.stats.contexts));

    say("2. This thread drives, round by round, between other work of its own:");
    let mut session = Session::new(&engine, &script, Arc::new(Console::default()));
    let mut rounds = 0;
    let value = loop {
        let round = session.run_scheduler_round()?;
        rounds += 1;
        match session.outcome() {
            Some(outcome) => break outcome?,
            None if round.ran == 0 => std::thread::sleep(Duration::from_millis(1)),
            None => {}
        }
    };
    say(&format!("  value {value:?} after {} rounds", if rounds > 1 { "several" } else { "no" }));

    say("3. One context, by its id; its state saved, so that two go on from the same await:");
    let script =
        engine.compile(Source::new("wait.ruff", "await async_sleep(5)\nprint(\"  after the wait\")\n"))?;
    let mut session = Session::new(&engine, &script, Arc::new(Console::default()));
    if let VmExecutionResult::Suspended { context_id } = session.execute_until_suspend()? {
        let state = session.save_execution_state(context_id)?;
        session.restore_execution_state(&state)?;
        session.run_scheduler_until_complete_with_timeout(Duration::from_secs(1))?;
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "an example talks to people")]
fn say(line: &str) {
    println!("{line}");
}
