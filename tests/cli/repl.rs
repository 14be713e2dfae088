//! `ruff repl` without a terminal: inputs from stdin, what they come to, exit codes.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{Ran, command};

/// A session that reads these bytes.
fn session_with(options: &[&str], input: impl AsRef<[u8]>) -> Ran {
    let mut words = vec!["repl"];
    words.extend(options);
    let mut child = command(&words)
        .env("RUFF_HISTORY", "/nowhere/at/all")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let bytes = input.as_ref().to_vec();
    let writer = std::thread::spawn(move || _ = stdin.write_all(&bytes));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("it only writes");
    Ran::of(&output)
}

fn session(input: impl AsRef<[u8]>) -> Ran {
    session_with(&[], input)
}

#[test]
fn values_are_shown_and_nothing_else() {
    session("1 + 2\nx := \"a\"\nx\nnull\n[x, 1.0]").prints("=> 3\n=> \"a\"\n=> [\"a\", 1.0]\n");
    session("").prints("");
    session("\n\n// nothing\n").prints("");
    session("p := await spawn { return 5 }\np").prints("=> 5\n");
}

#[test]
fn an_input_takes_as_many_lines_as_it_needs() {
    session("func f(a,\n  b = 2) {\n\n  // a }\n  return a + b\n}\nf(1)").prints("=> 3\n");
    session("x := \"\"\"\n  a\n  \"\"\"\nx").prints("=> \"a\"\n");
    session("1 +\n2\n/* a\n(\n*/ 3").prints("=> 3\n=> 3\n");
    session("f(").fails(3, &["--> <repl:1>:1:2", "this `(` is never closed"]);
}

#[test]
fn errors_show_their_input_and_the_session_goes_on() {
    let ran = session("func f() { return 1 / 0 }\nf()\nnowhere\nf(]\n7");
    assert_eq!((ran.code, &*ran.out), (Some(0), "=> 7\n"), "{}", ran.err);
    for part in [
        "--> <repl:1>:1:19",
        "Division by zero",
        "at <main> (<repl:2>:1:1)",
        "--> <repl:3>:1:1",
        "--> <repl:4>:1:2",
    ] {
        assert!(ran.err.contains(part), "{part} is missing in:\n{}", ran.err);
    }
    assert!(!ran.err.contains('\x1b'));
}

/// What no further line can mend does not wait for one.
#[test]
fn a_wrong_line_takes_no_others_with_it() {
    for wrong in ["print(\"", "x := [1, @", "f(\n'a", "if x {\n  y := `a`"] {
        let ran = session(format!("{wrong}\n1 + 1\n2 + 2\n"));
        assert_eq!((ran.code, &*ran.out), (Some(0), "=> 2\n=> 4\n"), "{wrong}: {}", ran.err);
        assert!(ran.err.contains("[lexer]"), "{wrong}: {}", ran.err);
    }
}

#[test]
fn the_exit_code_is_that_of_the_last_input() {
    session("1 / 0\n1").prints("=> 1\n");
    session("1\n1 / 0").fails(4, &["Division by zero"]);
    session("1\n)").fails(3, &[]);
    session("exit(7)\nprint(1)").fails(7, &[]);
    session("exit()\nprint(1)").prints("");
    session(":quit\nprint(1)").prints("");
    session("p := spawn { throw \"lost\" }").fails(4, &["[RUFRUN002]", "lost"]);
}

#[test]
fn contexts_that_are_left_run_to_their_end() {
    session("p := spawn { sleep(30); print(\"late\") }\nprint(\"first\")").prints("first\nlate\n");
}

#[test]
fn an_input_may_read_the_next_line_itself() {
    session("name := input()\nAda\nname").prints("=> \"Ada\"\n");
}

#[test]
fn commands() {
    session("let n := 1\nmut text := \"t\"\n:vars")
        .prints("let    n     int  1\nmut    text  string  \"t\"\n");
    session("n := 1\n:reset\n:vars").prints("nothing was declared yet\n");
    session(":type [1]\n:type 1 / 0\n:type \"a\"").prints("array\nstring\n");
    session("func f(a, b = {x: 1}) { }\n:help f").prints("func f(a, b = {x: 1})\n");
    session(":help split").prints(&super::ruff(&["doc", "split"]).out);
    assert!(session(":help").out.contains(":reset"));
    assert!(session(":time 1 + 1").out.starts_with("=> 2\n"));
    session(":hlep").fails(2, &["Unknown command: :hlep", "did you mean `:help`?"]);
    session(":help to_uper").fails(2, &["There is no function to_uper", "did you mean `to_upper`?"]);
    session(":type").fails(2, &[":type needs an expression"]);
    session(":clear").prints("");
}

#[test]
fn hostile_input_is_an_error_and_no_more() {
    let ran = session(b"\"a\xff\"\n\"b\0c\"\nx\0y\n:\n:\xff\n5\n");
    assert_eq!((ran.code, &*ran.out), (Some(0), "=> \"b\\0c\"\n=> 5\n"), "{}", ran.err);
    let long = format!("len(\"{}\")\n1", "x".repeat(1 << 20));
    session(long).prints("=> 1048576\n=> 1\n");
    let deep = format!("{}1{}\n2", "(".repeat(100_000), ")".repeat(100_000));
    let ran = session(deep);
    assert_eq!((ran.code, &*ran.out), (Some(0), "=> 2\n"), "{}", ran.err);
}

#[test]
fn ten_thousand_lines_are_no_burden() {
    let started = Instant::now();
    let lines: String = (0..10_000).map(|i| format!("v{} := {i}\n", i % 100)).collect();
    session(format!("{lines}v99")).prints("=> 9999\n");
    let body: String = (0..10_000).map(|i| format!("  n += {i}\n")).collect();
    session(format!("func f() {{\n  n := 0\n{body}  return n\n}}\nf()")).prints("=> 49995000\n");
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[test]
fn rights_and_limits_hold() {
    session_with(&["--untrusted"], "write_file(\"x\", \"y\")").fails(4, &["CapabilityError"]);
    let ran = session_with(&["--scheduler-timeout-ms", "50"], "x := 1\nloop { }\nx");
    assert_eq!((ran.code, &*ran.out), (Some(0), "=> 1\n"), "{}", ran.err);
    assert!(ran.err.contains("[RUFRUN003]"), "{}", ran.err);
    let help = super::ruff(&["repl", "--help"]);
    assert!(help.out.contains("--workers") && !help.out.contains("--park"), "{}", help.out);
}

#[test]
fn exit_functions_run_at_the_end_of_the_session() {
    session("mut n := 1\non_exit(() => print(\"bye\", n))\nn := 2").prints("bye 2\n");
    let ran = session("on_exit(() => print(\"bye\"))\non_exit(func() { throw \"late\" })\nexit(3)\n");
    assert_eq!((ran.code, &*ran.out), (Some(3), "bye\n"), "{}", ran.err);
    assert!(ran.err.contains("late"), "{}", ran.err);
    assert_eq!(session("on_exit(() => exit(7))\n").code, Some(7));
}
