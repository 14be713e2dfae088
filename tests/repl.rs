//! Sessions of `engine::Repl`: what an input sees of earlier ones, and what is left when one fails.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ruff::engine::{Engine, Error, FoundModule, Modules, NoModules, NotFound, Options, Recorder, Repl};
use ruff::source::Source;

/// A session and what it wrote.
struct Session {
    repl: Repl,
    output: Arc<Recorder>,
    inputs: usize,
}

impl Session {
    fn new(workers: usize) -> Session {
        let engine = Engine::new(Options { workers, ..Options::default() });
        let output = Arc::new(Recorder::default());
        let repl = Repl::new(&engine, output.clone()).expect("threads can be started");
        Session { repl, output, inputs: 0 }
    }

    /// What the input wrote, and `=> value` or `! message`.
    fn input(&mut self, text: &str) -> String {
        self.input_with(text, &NoModules)
    }

    fn input_with(&mut self, text: &str, modules: &dyn Modules) -> String {
        self.inputs += 1;
        let source = Source::new(&format!("<repl:{}>", self.inputs), text);
        let evaluated = self.repl.evaluate(source, modules);
        let mut shown: String = self.output.take().into_iter().map(|(_, text)| text).collect();
        match evaluated.value {
            Ok(ruff::engine::Value::Null) => {}
            Ok(value) => {
                shown += &format!("=> {}", self.repl.inspect(&value).expect("it nests a little"));
            }
            Err(Error::Diagnostics(files)) => shown += &format!("! {}", files[0].diagnostics[0].message),
            Err(error) => shown += &format!("! {error}"),
        }
        for failure in evaluated.unawaited {
            shown += &format!("? {failure}");
        }
        shown
    }
}

/// Runs the inputs in one session, with one worker and with four.
#[track_caller]
fn check(dialogue: &[(&str, &str)]) {
    for workers in [1, 4] {
        let mut session = Session::new(workers);
        for (input, expected) in dialogue {
            assert_eq!(session.input(input), *expected, "{input}");
        }
    }
}

#[test]
fn the_last_expression_is_the_value() {
    check(&[
        ("1 + 2", "=> 3"),
        ("\"a\"", "=> \"a\""),
        ("null", ""),
        ("x := 5", ""),
        ("x; x * 2", "=> 10"),
        ("if x > 1 { \"big\" } else { \"small\" }", "=> \"big\""),
        ("for i in 3 { print(i) }", "0\n1\n2\n"),
        ("", ""),
        ("// nothing", ""),
        ("return 7", "=> 7"),
    ]);
}

#[test]
fn variables_live_on_and_are_declared_anew() {
    check(&[
        ("let x := 1", ""),
        ("x := 2", "! Cannot reassign immutable let binding: x"),
        ("mut x := x + 1", ""),
        ("x += 5; x", "=> 7"),
        ("const x := [1]", ""),
        ("x.push(2)", "! MutabilityError: Cannot mutate immutable const binding: x at <repl:6>:1:1"),
        ("[a, ...b] := [1, 2, 3]; {k: c} := {k: 9}", ""),
        ("[a, b, c]", "=> [1, [2, 3], 9]"),
        ("y: int := 1", "! expected `;` or a line end after the statement, found `:`"),
        ("mut y: int := 1", ""),
        ("y := \"s\"", "! TypeError: variable 'y' expects int, got string at <repl:11>:1:6"),
        ("y", "=> 1"),
    ]);
}

#[test]
fn functions_see_the_newest_of_a_name() {
    check(&[
        ("func f() { return 1 }\nfunc g() { return f() + n() }\nfunc n() { return base }\nbase := 10", ""),
        ("g()", "=> 11"),
        ("func f() { return 2 }", ""),
        ("let base := 20", ""),
        ("g()", "=> 22"),
        ("f := 3", ""),
        ("g()", "! TypeError: Cannot call non-function at <repl:1>:2:19"),
        ("f := () => 5", ""),
        ("g()", "=> 25"),
    ]);
    check(&[
        ("func fact(n) { return if n < 2 { 1 } else { n * fact(n - 1) } }", ""),
        ("fact(10)", "=> 3628800"),
        ("func twice(x) { return x * 2 }", ""),
        ("4.twice()", "=> 8"),
        ("func* up() { n := 0; loop { yield n; n += 1 } }", ""),
        ("up().take(3).collect()", "=> [0, 1, 2]"),
    ]);
}

#[test]
fn types_live_on() {
    check(&[
        (
            "struct P { x: int; y: int = x0(); func sum(self) { return self.x + self.y } func bump(self) { self.x += 1 } }\nfunc x0() { return 40 }",
            "",
        ),
        ("mut p := P { x: 1 }", ""),
        ("p.bump(); p", "=> P { x: 2, y: 40 }"),
        ("p.sum()", "=> 42"),
        ("P { z: 1 }", "! The struct P has no field z"),
        ("enum E { A, B(n) }", ""),
        ("match E::B(3) { case E::B(n) => n + 1; default => 0 }", "=> 4"),
        ("struct P { name }", ""),
        ("[p, P { name: \"n\" }]", "=> [P { x: 2, y: 40 }, P { name: \"n\" }]"),
        ("func same(q: P) { return q }", ""),
        ("same(P { name: 1 }).name", "=> 1"),
        ("P := 3", ""),
        ("P", "=> 3"),
    ]);
}

#[test]
fn what_failed_leaves_what_it_reached() {
    check(&[
        ("a := 1; b := 2", ""),
        ("a := 10; c := 3; throw \"no\"; let b := 5; d := 4", "! Thrown: no at <repl:2>:1:18"),
        ("[a, b, c]", "=> [10, 2, 3]"),
        ("d", "! Undefined variable: d"),
        ("b := 6; b", "=> 6"),
        ("a := 99; nowhere", "! Undefined variable: nowhere"),
        ("a", "=> 10"),
        ("func broken( {", "! this `(` is never closed"),
        ("a := ", "! expected an expression, found the end of the file"),
        ("1 / 0", "! ArithmeticError: Division by zero at <repl:10>:1:1"),
        ("a", "=> 10"),
    ]);
}

#[test]
fn contexts_go_on_between_inputs() {
    check(&[
        ("async func f(n) { await async_sleep(1); return n * k }\nk := 3", ""),
        ("q := f(2)", ""),
        ("k := 100", ""),
        ("await q", "=> 6"),
        ("await f(2)", "=> 200"),
        ("await parallel_map([1, 2], x => x + k)", "=> [101, 102]"),
        ("ps := []", ""),
        ("for i in 3 { ps := push(ps, f(i)) }", ""),
        ("await promise_all(ps)", "=> [0, 100, 200]"),
    ]);
}

#[test]
fn a_deadlock_is_the_inputs_own() {
    let mut session = Session::new(2);
    assert_eq!(session.input("ch := channel(); p := spawn { return ch.receive() }"), "");
    let deadlock = session.input("channel().receive()");
    assert!(deadlock.starts_with("! DeadlockError"), "{deadlock}");
    assert_eq!(session.input("ch.send(5)"), "=> true");
    assert_eq!(session.input("await p"), "=> 5");
}

#[test]
fn a_rejection_is_reported_by_the_first_input_that_could_have_awaited_it() {
    let mut session = Session::new(1);
    assert_eq!(
        session.input("p := spawn { throw \"lost\" }; q := spawn { throw \"kept\" }; yield_now()"),
        ""
    );
    let reported = session.input("try { await q } except e { print(e.message) }");
    assert_eq!(reported, "kept\n? Thrown: lost at <repl:1>:1:14");
    assert_eq!(session.input("1"), "=> 1");
}

#[test]
fn an_interrupt_ends_the_input_and_nothing_else() {
    for (endless, written) in [
        ("n := 1; loop { n += 1 }", ""),
        ("sleep(100000)", ""),
        ("await async_sleep(100000)", ""),
        ("try { loop { } } finally { print(\"done\") }", "done\n"),
    ] {
        let mut session = Session::new(2);
        assert_eq!(session.input("late := spawn { async_sleep(30); await async_sleep(30); return 7 }"), "");
        let started = Instant::now();
        let interrupter = session.repl.interrupter();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            interrupter.interrupt();
        });
        assert_eq!(session.input(endless), format!("{written}! interrupted"), "{endless}");
        thread.join().expect("it sleeps and interrupts");
        assert!(started.elapsed() < Duration::from_secs(10));
        assert_eq!(session.input("await late"), "=> 7");
    }
}

#[test]
fn a_second_interrupt_ends_what_catches_the_first() {
    for stubborn in [
        "kept := 5; loop { try { loop { } } except e { } }",
        "kept := 5; loop { try { sleep(100000) } except e { } }",
        "kept := 5; spawn { loop { } }; try { loop { } } finally { await async_sleep(100000) }",
    ] {
        let mut session = Session::new(2);
        let interrupter = session.repl.interrupter();
        let thread = std::thread::spawn(move || {
            for _ in 0..2 {
                std::thread::sleep(Duration::from_millis(30));
                interrupter.interrupt();
            }
        });
        assert_eq!(session.input(stubborn), "! interrupted", "{stubborn}");
        thread.join().expect("it sleeps and interrupts");
        assert_eq!(session.input("kept"), "=> 5");
        assert_eq!(session.input("await spawn { return 1 }"), "=> 1");
    }
}

#[test]
fn an_endless_context_does_not_stop_the_session() {
    let mut session = Session::new(1);
    assert_eq!(session.input("spawn { loop { } }; 1"), "=> 1");
    assert_eq!(session.input("n := 2"), "");
    assert_eq!(session.input("func f() { return n + 1 }"), "");
    assert_eq!(session.input("f()"), "=> 3");
}

#[test]
fn values_of_later_inputs_reach_contexts_of_earlier_ones() {
    let mut session = Session::new(2);
    session.input("ch := channel(); back := channel()");
    session.input("p := spawn { for f in ch { back.send(f(1)) } }");
    session.input("func plus(x) { return x + 10 }");
    assert_eq!(session.input("ch.send(plus); back.receive()"), "=> 11");
    session.input("struct Late { v }");
    assert_eq!(
        session.input("ch.send(x => Late { v: [x, \"new text\"] }); back.receive()"),
        "=> Late { v: [1, \"new text\"] }"
    );
    assert_eq!(session.input("ch.close(); await p"), "");
}

struct Texts;

impl Modules for Texts {
    fn find(&self, _: &str, path: &[&str]) -> Result<FoundModule, NotFound> {
        match path {
            ["m"] | ["other"] => {
                Ok(FoundModule { key: path[0].to_owned(), name: format!("{}.ruff", path[0]) })
            }
            _ => Err(NotFound { message: None, help: None }),
        }
    }

    fn read(&self, module: &FoundModule) -> Result<Vec<u8>, String> {
        Ok(match &*module.key {
            "m" => "print(\"m runs\")\nexport count := 0\nexport func next() { count += 1; return count }\nexport struct S { v = 4; func get(self) { return self.v } }".into(),
            _ => "import m\nexport func twice() { return m.next() + m.next() }".into(),
        })
    }
}

#[test]
fn modules_run_once_and_stay() {
    let mut session = Session::new(2);
    for (input, expected) in [
        ("import m", "m runs\n"),
        ("m.next()", "=> 1"),
        ("next()", "=> 2"),
        ("import m", ""),
        ("from m import next as step, S, count", ""),
        ("[step(), m.count, count]", "=> [3, 3, 2]"),
        ("S { }.get()", "=> 4"),
        ("import other", ""),
        ("other.twice()", "=> 9"),
        ("import nowhere", "! ImportError: Module not found: nowhere at <repl:10>:1:1"),
        ("m.nope", "! Symbol 'nope' not found in module 'm'"),
        ("await parallel_map([1], x => x + m.count)", "=> [6]"),
    ] {
        assert_eq!(session.input_with(input, &Texts), expected, "{input}");
    }
}

#[test]
fn exit_is_told() {
    let mut session = Session::new(2);
    assert_eq!(session.input("exit(3)"), "! the script called exit(3)");
}

#[test]
fn a_script_grows_a_variable_in_linear_time() {
    let mut session = Session::new(1);
    session.input("a := []; s := \"\"; func show() { return len(a) + len(s) }");
    let started = Instant::now();
    session.input("for i in 200000 { a := push(a, i); a.push(i); s += \"x\" }");
    assert_eq!(session.input("show()"), "=> 600000");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn many_inputs_cost_little_each() {
    let mut session = Session::new(2);
    let started = Instant::now();
    for i in 0..3000 {
        assert_eq!(session.input(&format!("func f{i}(x) {{ return x + {i} }}; v{i} := f{i}(1)")), "");
    }
    assert_eq!(session.input("v2999 + f0(1)"), "=> 3001");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn an_ended_text_asks_for_more() {
    for text in ["f(", "if x {", "x :=", "[1,\n 2", "\"\"\"a\nb", "/* c", "1 +", "func f(a) {\n  return a\n"]
    {
        assert!(Repl::is_incomplete(text), "{text:?}");
    }
    for text in ["f()", "if x { }", "\"abc", "f(]", "x := 1", "", "1 + + )", "a b"] {
        assert!(!Repl::is_incomplete(text), "{text:?}");
    }
}
