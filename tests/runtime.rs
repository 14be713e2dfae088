//! The runtime under real programs: every script runs in every mode, with the same result.
//!
//! The natives here are the bare requests, so that these tests stand below the library.

use std::sync::{Arc, Mutex};

use ruff::compiler::{Builtin, Library, Unit, compile};
use ruff::context::{Context, Globals};
use ruff::runtime::{Config, Execution, Output, RunEnd, RunReport, Runtime};
use ruff::snapshot::Form;
use ruff::source::Source;
use ruff::syntax::parse;
use ruff::value::{Fault, Handle, Parcel, Value};
use ruff::vm::{
    Answer, Call, FileRequest, Form as NativeForm, Host, Job, Machine, Native, NativeTable, Request, Stream,
    Work,
};

type Ran = Result<Answer, Fault>;

fn handle(call: &Call<'_>, index: usize) -> Handle {
    match &call.args[index] {
        Value::Handle(handle) => handle.clone(),
        other => panic!("no handle: {other:?}"),
    }
}

fn number(call: &Call<'_>, index: usize) -> f64 {
    match call.args[index] {
        Value::Float(value) => value,
        Value::Int(value) => value as f64,
        ref other => panic!("no number: {other:?}"),
    }
}

fn items(call: &Call<'_>) -> Vec<Parcel> {
    match &call.args[0] {
        Value::Array(items) => items.iter().cloned().map(Parcel::plain).collect(),
        other => panic!("no array: {other:?}"),
    }
}

fn say(call: &mut Call<'_>) -> Ran {
    let mut text = String::new();
    for (index, value) in call.args.iter().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        ruff::value::to_text(call.program, value, &mut text)?;
    }
    text.push('\n');
    Ok(Answer::wait(Request::Print { stream: Stream::Out, text }))
}

const fn native(signature: &'static str, run: ruff::vm::Run) -> Native {
    let (form, work) = (NativeForm::Plain, Work::Other);
    Native {
        signature,
        form,
        work,
        sends: false,
        capability: None,
        may_need: &[],
        summary: "A request.",
        run,
    }
}

const NATIVES: &[Native] = &[
    native("say(...xs: any) -> null", say),
    native("pause(ms: num) -> null", |call| Ok(Answer::wait(Request::Sleep { ms: number(call, 0) }))),
    native("later(ms: num) -> promise", |call| Ok(Answer::ask(Request::Sleep { ms: number(call, 0) }))),
    native("turn() -> null", |_| Ok(Answer::wait(Request::Yield))),
    native("every(ps: array) -> promise", |call| Ok(Answer::ask(Request::All(items(call))))),
    native("first(ps: array) -> promise", |call| Ok(Answer::ask(Request::Race(items(call))))),
    native("outcomes(ps: array) -> promise", |call| Ok(Answer::ask(Request::Settled(items(call))))),
    native("within(p: promise, ms: num) -> promise", |call| {
        Ok(Answer::ask(Request::Timeout { promise: handle(call, 0), ms: number(call, 1) }))
    }),
    native("stop(p: promise) -> bool", |call| Ok(Answer::wait(Request::Cancel(handle(call, 0))))),
    native("pipe(n: any = null) -> channel", |call| {
        let capacity = match call.args[0] {
            Value::Int(capacity) => Some(capacity as usize),
            _ => None,
        };
        Ok(Answer::wait(Request::Channel { capacity }))
    }),
    native("put(ch: channel, v: any) -> bool", |call| {
        let value = call.pack(1);
        Ok(Answer::wait(Request::Send { channel: handle(call, 0), value }))
    }),
    native("get(ch: channel, ms: any = null) -> any", |call| {
        let ms = match call.args[1] {
            Value::Int(ms) => Some(ms as f64),
            _ => None,
        };
        Ok(Answer::wait(Request::Receive { channel: handle(call, 0), ms }))
    }),
    native("shut(ch: channel) -> bool", |call| Ok(Answer::wait(Request::Close { channel: handle(call, 0) }))),
    native("pick(chs: array, ms: any = null) -> any", |call| {
        let channels = items(call).into_iter().map(|parcel| match parcel.value {
            Value::Handle(handle) => handle,
            other => panic!("no channel: {other:?}"),
        });
        let ms = match call.args[1] {
            Value::Int(ms) => Some(ms as f64),
            _ => None,
        };
        Ok(Answer::wait(Request::Select { channels: channels.collect(), ms }))
    }),
    native("read(path: string) -> string", |call| {
        let Value::Text(path) = &call.args[0] else { panic!("no path") };
        let path = path.as_str().to_owned();
        Ok(Answer::wait(Request::File(FileRequest::ReadText { path, lossy: false, max_bytes: 100 }.into())))
    }),
    native("quit(code: int) -> null", |call| Ok(Answer::wait(Request::Exit { code: number(call, 0) as u8 }))),
    native("explode() -> null", |_| panic!("boom")),
    native("risky(n: int) -> int", |call| {
        let n = number(call, 0) as i64;
        assert!(n % 3 != 0, "panic {n}");
        match n % 3 {
            1 => Ok(Answer::Value(Value::Int(n))),
            _ => Ok(Answer::wait(Request::Compute(Job(Box::new(move || {
                assert!(n % 5 != 0, "panic {n}");
                Ok(Value::Int(n))
            }))))),
        }
    }),
];

#[derive(Default)]
struct Captured(Mutex<String>);

impl Output for Captured {
    fn write(&self, _: Stream, text: &str) -> std::io::Result<()> {
        self.0.lock().expect("no printer panics").push_str(text);
        Ok(())
    }

    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}

fn machine(text: &str) -> Arc<Machine> {
    let natives = NativeTable::new(&[NATIVES]);
    let builtins = natives
        .by_name
        .iter()
        .map(|(name, &id)| (Box::from(*name), Builtin::Native { id, edits: false, mutates: false }));
    let names = natives.entries.iter().map(|(_, signature)| signature.names[0]).collect();
    let library = Library::new(builtins, &[], names);
    let source = Source::new("test.ruff", text);
    let script = parse(&source).script;
    let unit = Unit { name: "".into(), source, script, imports: Default::default() };
    let program = compile(vec![unit], &library).expect("the script compiles");
    Arc::new(Machine::new(Arc::new(program), Arc::new(natives), Host::default()))
}

fn main_context(machine: &Machine) -> Context {
    let program = &machine.program;
    Context::start(program, program.main, None, Vec::new(), Globals::own(program.globals.len()))
}

fn run(text: &str, config: &Config) -> (String, RunReport) {
    let machine = machine(text);
    let output = Arc::new(Captured::default());
    let main = main_context(&machine);
    let report = Runtime::new(machine, config, Arc::clone(&output) as Arc<dyn Output>).run_main(main);
    let printed = std::mem::take(&mut *output.0.lock().expect("no printer panics"));
    (printed, report)
}

fn config(workers: usize) -> Config {
    Config { workers, timeout: Some(20_000), ..Config::default() }
}

fn modes() -> Vec<(&'static str, Config)> {
    vec![
        ("one", config(1)),
        ("four", config(4)),
        ("blocking one", Config { cooperative: false, ..config(1) }),
        ("blocking four", Config { cooperative: false, ..config(4) }),
        ("frozen", Config { frozen: true, ..config(1) }),
        ("portable", Config { form: Form::Portable(7), frozen: true, ..config(1) }),
    ]
}

/// Runs a script in every mode.
fn check(text: &str, expected: &str) {
    for (mode, config) in modes() {
        let (printed, report) = run(text, &config);
        assert!(matches!(report.end, RunEnd::Completed(_)), "{mode}: {:?}\n{printed}", report.end);
        assert_eq!(printed, expected, "{mode}");
    }
}

/// The same with one worker only: the order is part of the expectation.
fn check_order(text: &str, expected: &str) {
    for (mode, config) in modes().into_iter().filter(|(_, config)| config.workers == 1) {
        let (printed, report) = run(text, &config);
        assert!(matches!(report.end, RunEnd::Completed(_)), "{mode}: {:?}\n{printed}", report.end);
        assert_eq!(printed, expected, "{mode}");
    }
}

fn failure(text: &str, config: &Config) -> Fault {
    match run(text, config).1.end {
        RunEnd::Failed(fault) => fault,
        other => panic!("it did not fail: {other:?}"),
    }
}

#[test]
fn one_queue_in_order() {
    check_order(
        r#"
async func w(n) { say("a${n}"); turn(); say("b${n}") }
ps := [w(1), w(2)]
say("main")
await every(ps)
"#,
        "main\na1\na2\nb1\nb2\n",
    );
}

#[test]
fn promises_give_outcomes() {
    check(
        r#"
async func load(n) { await later(5); return n * 2 }
a := await load(1)
p := load(2)
q := load(3)
say(a, await p, await q, await p)
async func bad() { throw "no" }
b := bad()
try { await b } except e { say(e.kind, e.message) }
try { await every([load(1), bad()]) } except e { say(e.message) }
say(await first([load(5), later(5000)]))
say(await outcomes([load(1), bad(), 7]))
try { await within(later(10000), 5) } except e { say(e.kind, e.message) }
"#,
        "2 4 6 4\nThrown no\nno\n10\n[Ok(2), Err(Thrown: no), 7]\nTimeoutError Timeout after 5ms\n"
            .replace("7]", "Ok(7)]")
            .as_str(),
    );
}

#[test]
fn channels_pass_in_order() {
    check(
        r#"
func feed(ch, n) { return spawn { for i in n { put(ch, i) }; shut(ch) } }
for size in [0, 1, 3] {
    ch := pipe(size)
    p := feed(ch, 1000)
    sum := 0
    last := -1
    loop {
        v := get(ch)
        if v == null { break }
        if v != last + 1 { say("out of order", v) }
        last := v
        sum += v
    }
    await p
    say(size, sum)
}
ch := pipe()
try { get(ch, 5) } except e { say(e.kind) }
say(pick([ch, pipe()], 5))
r := spawn { pick([pipe(), ch]) }
put(ch, "x")
await r
shut(ch)
say(get(ch))
try { put(ch, 1) } except e { say(e.message) }
"#,
        "0 499500\n1 499500\n3 499500\nTimeoutError\n[-1, null]\nnull\nChannel is closed\n",
    );
}

#[test]
fn cancellation_is_thrown_once_and_runs_finally() {
    check(
        r#"
ch := pipe()
p := spawn { try { get(ch) } except e { say(e.kind) } finally { say("cleaned") }; return 3 }
pause(5)
say(stop(p), await p, stop(p))
put(ch, "kept")
say(get(ch))
q := spawn { loop { } }
pause(5)
stop(q)
try { await q } except e { say(e.kind) }
r := spawn { try { put(ch, "started"); loop { } } finally { say("loop ended") } }
get(ch)
try { await within(r, 20) } except e { try { await r } except f { say(f.kind) }; say(e.message) }
t := later(10000)
stop(t)
try { await t } except e { say(e.kind) }
"#,
        "CancelledError\ncleaned\ntrue 3 false\nkept\nCancelledError\nloop ended\nCancelledError\nTimeout after 20ms\nCancelledError\n",
    );
}

#[test]
fn an_unstarted_context_ends_at_once() {
    check_order(
        r#"
p := spawn { say("never") }
say(stop(p))
try { await p } except e { say(e.kind) }
"#,
        "true\nCancelledError\n",
    );
}

#[test]
fn many_waiting_contexts() {
    let text = r#"
ch := pipe()
ps := []
for i in 2000 { ps := push2(ps, spawn { get(ch) }) }
func push2(a, x) { return a + [x] }
turn()
for i in 2000 { put(ch, i) }
sum := 0
for p in ps { v := await p; }
say("done")
"#;
    for (mode, config) in modes().into_iter().take(2) {
        let (printed, report) = run(text, &config);
        assert_eq!(printed, "done\n", "{mode}: {report:?}");
    }
}

#[test]
fn deadlocks_are_told() {
    for (mode, config) in modes() {
        let fault = failure("ch := pipe()\np := spawn { get(ch) }\nawait p", &config);
        assert_eq!(fault.body().kind.as_str(), "DeadlockError", "{mode}");
        let message = fault.body().message.as_str();
        assert!(message.contains("<main>") && message.contains("<spawn>"), "{mode}: {message}");
        assert!(message.contains("test.ruff:2:"), "{mode}: {message}");
    }
    check("try { get(pipe()) } except e { say(e.kind) }", "DeadlockError\n");
}

#[test]
fn ends() {
    for (mode, config) in modes() {
        let (printed, report) = run("p := spawn { throw \"lost\" }\nsay(1)", &config);
        assert_eq!(printed, "1\n", "{mode}");
        assert_eq!(report.unawaited.len(), 1, "{mode}");
        assert!(
            report.unawaited[0].body().hint.as_deref().is_some_and(|hint| hint.contains("test.ruff:1:")),
            "{mode}"
        );
        let (_, report) = run("spawn { quit(7) }\nloop { }", &config);
        assert!(matches!(report.end, RunEnd::Exit(7)), "{mode}: {:?}", report.end);
        let (_, report) = run("spawn { loop { } }\nthrow \"end\"", &config);
        assert!(matches!(report.end, RunEnd::Failed(_)), "{mode}: {:?}", report.end);
        let (_, report) = run("loop { }", &Config { timeout: Some(50), ..config });
        assert!(matches!(report.end, RunEnd::TimedOut(50)), "{mode}: {:?}", report.end);
    }
}

#[test]
fn panics_fail_one_context() {
    for (mode, config) in modes() {
        let (printed, _) =
            run("p := spawn { explode() }\ntry { await p } except e { say(e.message) }", &config);
        assert_eq!(printed, "Internal error: boom\n", "{mode}");
    }
}

/// Natives and jobs panic in the middle of everything; each panic is the error of the context that called, and of no other.
#[test]
fn panics_anywhere_fail_their_contexts_alone() {
    let text = r#"
async func work(n) {
    if n % 2 == 0 { turn() }
    if n % 4 == 3 { pause(n % 3) }
    try { return risky(n) } finally { if n % 5 == 0 { turn() } }
}
ps := []
for n in 600 { ps := ps + [work(n)]; if n % 50 == 7 { stop(ps[n / 2]) } }
good := 0
bad := 0
for p in ps {
    try { if await p >= 0 { good += 1 } } except e { if e.kind == "CancelledError" or e.kind == "Panic" { good += 0 }; bad += 1 }
}
say(good + bad, good > 100, bad > 200)
"#;
    check(text, "600 true true\n");
}

#[test]
fn files_are_read() {
    let path = std::env::temp_dir().join(format!("ruff-runtime-{}", std::process::id()));
    std::fs::write(&path, b"\xEF\xBB\xBFhello").expect("the temporary directory can be written");
    let path_text = path.display().to_string();
    check(
        &format!(
            "say(read(\"{path_text}\"))\ntry {{ read(\"/nowhere/x\") }} except e {{ say(e.kind, e.message, e.value.code) }}"
        ),
        "hello\nIOError Cannot read file '/nowhere/x': No such file or directory (os error 2) not_found\n",
    );
    let _ = std::fs::remove_file(path);
}

#[test]
fn hosts_can_drive() {
    let machine =
        machine("say(1)\nturn()\nsay(2)\nlater(0)\nch := pipe()\np := spawn { put(ch, 5) }\nsay(get(ch))");
    let output = Arc::new(Captured::default());
    let mut runtime = Runtime::new(Arc::clone(&machine), &config(1), Arc::clone(&output) as Arc<dyn Output>);
    let Execution::Suspended(id) = runtime.run_until_suspended(main_context(&machine)) else {
        panic!("not suspended")
    };
    assert_eq!(runtime.suspended(), [id]);
    while !runtime.is_finished() {
        runtime.run_round();
    }
    assert_eq!(*output.0.lock().expect("no printer panics"), "1\n2\n5\n");
}

#[test]
fn deep_chains_settle_without_recursion() {
    check(
        "p := later(1)\nfor i in 20000 { p := first([p]) }\nawait p\nsay(\"end\")\nq := later(100000)\nfor i in 20000 { q := first([q]) }\nstop(q)\nsay(\"cancelled\")",
        "end\ncancelled\n",
    );
}

#[test]
fn shutdowns_at_any_time_leave_nothing() {
    let text = r#"
ch := pipe(2)
async func feeder(n) { for i in n { put(ch, i); if i % 7 == 0 { turn() } } }
async func taker() { loop { v := get(ch, 3); await first([later(1), later(50)]) } }
async func sleeper(n) { try { await later(n) } finally { say("up") } }
ps := []
for i in 20 { ps := ps + [feeder(200), taker(), sleeper(i)] }
for i in 10 { stop(ps[i * 3]) }
await every(ps)
"#;
    let machine = machine(text);
    for round in 0..300_u64 {
        let mut config = config(1 + (round % 4) as usize);
        config.cooperative = round % 3 != 0;
        config.timeout = Some(round % 23);
        let output = Arc::new(Captured::default());
        let main = main_context(&machine);
        let report = Runtime::new(Arc::clone(&machine), &config, Arc::clone(&output) as Arc<dyn Output>)
            .run_main(main);
        drop(report);
        assert_eq!(Arc::strong_count(&output), 1, "round {round}: something still holds the runtime");
        assert_eq!(Arc::strong_count(&machine), 1, "round {round}: something still holds the program");
    }
}

#[test]
fn a_hundred_thousand_contexts_wait() {
    let text = r#"
async func w(gate, n) { await gate; return n }
gate := later(1500)
box := pipe()
for i in 100000 { put(box, w(gate, i)) }
shut(box)
sum := 0
for p in box { sum += await p }
say(sum)
"#;
    let (printed, report) = run(text, &config(2));
    assert_eq!(printed, "4999950000\n", "{report:?}");
    assert!(report.stats.most_waiting >= 100_000, "{:?}", report.stats);
}
