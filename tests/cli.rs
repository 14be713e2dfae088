//! The built program, as people and scripts meet it: bad input, options, exit codes, where messages go.

#[path = "cli/test.rs"]
mod test_command;
#[path = "cli/modules.rs"]
mod modules;
#[path = "cli/bench_ssg.rs"]
mod bench_ssg;
#[path = "cli/processes.rs"]
mod processes;
#[path = "cli/servers.rs"]
mod servers;
#[path = "cli/schedule.rs"]
mod schedule;
#[path = "cli/surroundings.rs"]
mod surroundings;
#[path = "cli/clients.rs"]
mod clients;
#[path = "cli/repl.rs"]
mod repl;
#[path = "cli/trace.rs"]
mod trace;
#[cfg(unix)]
#[path = "cli/inspect.rs"]
mod inspect;
#[path = "cli/leftover.rs"]
mod leftover;
#[path = "cli/doc.rs"]
mod doc;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;

/// A folder for one test, removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("ruff-cli-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("the folder for temporary files can be written");
        Folder(path)
    }

    /// Writes a file and gives its path.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, content).expect("the folder for temporary files can be written");
        path.to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the program did.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: &Output) -> Ran {
        Ran {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The exit code, and what stderr must contain.
    #[track_caller]
    fn fails(&self, code: i32, parts: &[&str]) -> &Ran {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        for part in parts {
            assert!(self.err.contains(part), "{part:?} is missing in:\n{}", self.err);
        }
        self
    }

    #[track_caller]
    fn prints(&self, text: &str) -> &Ran {
        assert_eq!((self.code, self.out.as_str()), (Some(0), text), "stderr:\n{}", self.err);
        self
    }
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ruff"));
    command
        .args(words)
        .stdin(Stdio::null())
        .env_remove("RUFF_SCHEDULER_TIMEOUT_MS")
        .env_remove("RUST_BACKTRACE");
    command
}

fn ruff(words: &[&str]) -> Ran {
    Ran::of(&command(words).output().expect("the program was built"))
}

/// Runs a script of this text.
fn run(test: &str, text: &str, options: &[&str]) -> Ran {
    let folder = Folder::new(test);
    let file = folder.file("script.ruff", text);
    let mut words = vec!["run"];
    words.extend(options);
    words.push(&file);
    ruff(&words)
}

// ---- The program itself ----

#[test]
fn version() {
    ruff(&["--version"]).prints("ruff 0.11.0\n");
}

#[test]
fn alone_it_prints_help() {
    let ran = ruff(&[]);
    assert_eq!(ran.code, Some(0));
    for word in ["Usage: ruff", "run", "check"] {
        assert!(ran.out.contains(word), "{word} is missing in:\n{}", ran.out);
    }
    assert_eq!(ruff(&["help"]).code, Some(0));
    assert_eq!(ruff(&["--help"]).code, Some(0));
}

#[test]
fn wrong_usage() {
    ruff(&["chek", "x.ruff"]).fails(2, &["unrecognized subcommand 'chek'", "check"]);
    ruff(&["repl", "x.ruff"]).fails(2, &["x.ruff"]);
    ruff(&["script.ruff"]).fails(2, &["ruff run script.ruff"]);
    ruff(&["run"]).fails(2, &["<FILE>"]);
    ruff(&["run", "--workers", "0", "x.ruff"]).fails(2, &["--workers"]);
    ruff(&["run", "--scheduler-timeout-ms", "0", "x.ruff"]).fails(2, &["--scheduler-timeout-ms"]);
    ruff(&["run", "--park", "folded", "x.ruff"]).fails(2, &["packed", "portable"]);
    ruff(&["run", "--wrokers", "2", "x.ruff"]).fails(2, &["--workers"]);
}

// ---- Files ----

#[test]
fn missing_file() {
    ruff(&["run", "no/such/file.ruff"])
        .fails(5, &["[RUFCLI001] [cli] error: Cannot read file 'no/such/file.ruff'", "No such file"]);
    ruff(&["check", "no/such/file.ruff"]).fails(5, &["Cannot read file"]);
}

#[test]
fn missing_extension_is_proposed() {
    let folder = Folder::new("extension");
    let file = folder.file("tool.ruff", "print(1)");
    ruff(&["run", file.trim_end_matches(".ruff")]).fails(5, &["did you mean", "tool.ruff"]);
    ruff(&["run", "-"]).fails(5, &["Cannot read file '-'", "/dev/stdin"]);
}

#[test]
fn directory_instead_of_file() {
    let folder = Folder::new("directory");
    ruff(&["run", &folder.0.to_string_lossy()]).fails(5, &["it is a directory", "help:"]);
}

#[test]
fn invalid_utf8() {
    let folder = Folder::new("utf8");
    let file = folder.file("bad.ruff", b"print(1)\nx := \xff\n");
    ruff(&["run", &file]).fails(5, &["not UTF-8", "line 2"]);
    ruff(&["check", &file]).fails(5, &["not UTF-8"]);
}

// ---- Source errors ----

#[test]
fn syntax_errors_are_all_reported_with_their_places() {
    let ran = run("syntax", "print(\"before\")\nx := )\ny := ]\n", &[]);
    ran.fails(3, &["[RUFPARSE001] [parser] error", ":2:6", ":3:6", " 2 | x := )", "^"]);
    assert_eq!(ran.out, "");
}

#[test]
fn lexical_errors() {
    run("lexical", "x := \"open\n", &[]).fails(3, &["[RUFLEX003] [lexer]", ":1:6"]);
}

#[test]
fn unknown_names_are_found_before_anything_runs() {
    let ran = run("names", "print(\"before\")\ncounter := 1\nprint(countre)\n", &[]);
    ran.fails(4, &["[RUFCHECK001] [check] error: Undefined variable: countre", ":3:7", "counter"]);
    assert_eq!(ran.out, "");
}

// ---- Run-time errors ----

#[test]
fn division_by_zero_is_drawn_with_its_call_stack() {
    let text = "func average(total, count) {\n    return total / count\n}\naverage(1, 0)\n";
    let ran = run("division", text, &[]);
    ran.fails(
        4,
        &[
            "[RUFRUN001] [runtime] ArithmeticError: Division by zero\n",
            "script.ruff:2:12\n",
            " 2 |     return total / count\n",
            "^^^^^^^^^^^^^\n",
            "Call stack:\n  0 at average (",
            "script.ruff:2:12)\n  1 at <main> (",
            "script.ruff:4:1)\n",
        ],
    );
    assert!(!ran.err.contains('\u{1b}'), "colours in a pipe:\n{}", ran.err);
}

#[test]
fn wrong_arity() {
    run("arity", "func add(a, b) { return a + b }\nprint(add(1))\n", &[])
        .fails(4, &["TypeError: add expects 2 arguments, got 1", ":2:7"]);
}

#[test]
fn missing_key() {
    run("key", "d := {a: 1}\nprint(d.b)\n", &[]).fails(4, &["KeyError: Missing map key: \"b\"", ":2:7"]);
}

#[test]
fn awaiting_a_failed_read() {
    let ran = run("read", "p := async_read_file(\"/no/such/file\")\nprint(await p)\n", &[]);
    ran.fails(4, &["IOError: Cannot read file '/no/such/file': No such file or directory (os error 2)"]);
}

#[test]
fn output_before_an_error_is_kept() {
    let ran = run("before", "print(\"before\")\nthrow \"end\"\n", &[]);
    ran.fails(4, &["Thrown: end"]);
    assert_eq!(ran.out, "before\n");
}

#[test]
fn unawaited_rejections_are_reported_at_the_end() {
    let text = "async func bad() { await async_sleep(1); throw \"lost\" }\nbad()\nprint(\"main is done\")\n";
    let ran = run("unawaited", text, &[]);
    ran.fails(4, &["[RUFRUN002] [runtime] Thrown: lost"]);
    assert_eq!(ran.out, "main is done\n");
}

#[test]
fn deadlocks_are_explained() {
    run("deadlock", "channel().receive()\n", &[]).fails(4, &["DeadlockError", "<main>"]);
}

// ---- exit, time limit ----

#[test]
fn exit_gives_its_code() {
    let ran = run("exit", "print(\"a\")\nexit(7)\nprint(\"b\")\n", &[]);
    ran.fails(7, &[]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("a\n", ""));
    run("exit0", "exit()\n", &[]).prints("");
}

#[test]
fn time_limit() {
    let text = "async_sleep(1)\nloop { }\n";
    run("limit", text, &["--scheduler-timeout-ms", "100"])
        .fails(4, &["[RUFRUN003] [runtime]", "Scheduler timed out after 100ms"]);
}

#[test]
fn time_limit_cannot_be_caught() {
    let text = "try { async_scope { spawn { loop { } } } } except { print(1) } finally { print(2) }\n";
    let ran = run("limit-caught", text, &["--scheduler-timeout-ms", "100"]);
    ran.fails(4, &["Scheduler timed out after 100ms"]);
    assert_eq!(ran.out, "");
}

#[test]
fn an_error_of_another_context_shows_its_way() {
    let text = "async func bad() { throw \"x\" }\np := bad()\nawait p\n";
    run("way", text, &[]).fails(
        4,
        &[
            "Call stack:\n  0 at bad (",
            ":1:20)\n  spawned at <main> (",
            ":2:6)\n  awaited at <main> (",
            ":3:1)",
        ],
    );
    let object = json(&run("way-json", text, &["--json-runtime-diagnostics"]));
    let stack: Vec<&str> =
        object["call_stack"].as_array().expect("a list").iter().filter_map(Json::as_str).collect();
    assert!(stack.len() == 3 && stack[0].starts_with("awaited at <main> ("), "{stack:?}");
    assert!(stack[1].starts_with("spawned at <main> (") && stack[2].starts_with("bad ("), "{stack:?}");
}

#[test]
fn time_limit_from_the_environment() {
    let folder = Folder::new("variable");
    let file = folder.file("loop.ruff", "loop { }\n");
    let run = |value: &str, file: &str| {
        Ran::of(
            &command(&["run", file]).env("RUFF_SCHEDULER_TIMEOUT_MS", value).output().expect("it was built"),
        )
    };
    run("80", &file).fails(4, &["timed out after 80ms"]);
    let quick = folder.file("quick.ruff", "print(1)\n");
    run("soon", &quick).prints("1\n");
    run("0", &quick).prints("1\n");
}

// ---- Options ----

#[test]
fn options_stand_before_or_directly_after_the_file() {
    let folder = Folder::new("options");
    let file = folder.file("args.ruff", "print(args(), worker_count())\n");
    ruff(&["run", "--workers", "2", &file, "a", "b"]).prints("[a, b] 2\n");
    ruff(&["run", &file, "--workers", "3", "a"]).prints("[a] 3\n");
    ruff(&["run", "--workers", "1", &file, "a", "--workers", "9", "-x"]).prints("[a, --workers, 9, -x] 1\n");
    ruff(&["run", "--workers", "1", &file, "--", "--stats"]).prints("[--stats] 1\n");
}

#[test]
fn results_do_not_depend_on_how_contexts_wait() {
    let text = "async func f(n) { await async_sleep(n); return n * 2 }\nprint(await promise_all([f(3), f(1), f(2)]))\n";
    for options in [
        &["--workers", "1"][..],
        &["--workers", "4"],
        &["--no-cooperative", "--workers", "1"],
        &["--park", "portable"],
        &["--park", "packed"],
    ] {
        run("waits", text, options).prints("[6, 2, 4]\n");
    }
}

#[test]
fn stats_go_to_stderr() {
    let text = "async func f() { await async_sleep(1) }\nawait promise_all([f(), f()])\nprint(1)\n";
    let ran = run("stats", text, &["--stats"]);
    ran.prints("1\n");
    for word in ["contexts", "inline", "switches", "waiting", "milliseconds"] {
        assert!(ran.err.contains(word), "{word} is missing in:\n{}", ran.err);
    }
}

#[test]
fn stats_say_what_each_worker_did() {
    let text = "async func f(c) { for i in range(5) { c.send(i) }\nsleep(30) }\nc := channel()\n\
                await f(c)\nx := 0\nfor i in range(3000000) { x += i }\nprint(x)\n";
    let ran = run("worker-stats", text, &["--workers", "2", "--stats"]);
    ran.prints("4499998500000\n");
    let number =
        |line: &str, at: usize| line.split_whitespace().nth(at).and_then(|word| word.parse::<f64>().ok());
    let row = |name: &str| {
        ran.err.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{}", ran.err))
    };
    assert_eq!(number(row("longest channel"), 2), Some(5.0), "{}", ran.err);
    let workers: Vec<&str> =
        ran.err.lines().skip_while(|line| !line.starts_with("worker ")).skip(1).collect();
    assert_eq!(workers.len(), 2, "{}", ran.err);
    let sum = |at: usize| workers.iter().filter_map(|line| number(line, at)).sum::<f64>();
    // The main context waits once, for the timer: two runs.
    assert_eq!((sum(1), sum(2)), (2.0, 1.0), "{}", ran.err);
    assert!(sum(6) >= 50.0, "two workers slept for 30 ms: {}", ran.err);
    assert!(sum(7) > 0.5, "one context computed for a while: {}", ran.err);
}

#[test]
fn rights_are_denied() {
    let folder = Folder::new("rights");
    let target = folder.0.join("out.txt").to_string_lossy().into_owned();
    let file = folder.file("write.ruff", "write_file(args()[0], \"x\")\n");
    let denied = "CapabilityError: Capability denied: filesystem-write required for write_file";
    ruff(&["run", "--untrusted", &file, &target]).fails(4, &[denied]);
    ruff(&["run", "--allow-fs-read", &file, &target]).fails(4, &[denied]);
    assert!(!std::path::Path::new(&target).exists());
    ruff(&["run", "--untrusted", "--allow-fs-write", &file, &target]).prints("");
    assert!(std::path::Path::new(&target).exists());
}

// ---- JSON ----

fn json(ran: &Ran) -> Json {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error} in:\n{}", ran.out))
}

#[test]
fn json_diagnostics_of_a_run_time_error() {
    let ran = run("json", "func f() { return [][3] }\nf()\n", &["--json-runtime-diagnostics"]);
    assert_eq!(ran.code, Some(4));
    let object = json(&ran);
    assert_eq!(object["command"], "run");
    assert_eq!(object["status"], "error");
    assert_eq!(object["kind"], "runtime_diagnostic");
    assert_eq!(object["contract_version"], "1.0.0");
    assert_eq!(object["exit_code"], 4);
    assert_eq!(object["runtime_kind"], "IndexError");
    let diagnostic = &object["diagnostic"];
    assert_eq!(diagnostic["code"], "RUFRUN001");
    assert_eq!(diagnostic["severity"], "error");
    assert_eq!(diagnostic["subsystem"], "runtime");
    assert_eq!(diagnostic["message"], "Index out of bounds: 3");
    assert_eq!((&diagnostic["line"], &diagnostic["column"]), (&Json::from(1), &Json::from(19)));
    let stack: Vec<&str> =
        object["call_stack"].as_array().expect("a list").iter().filter_map(Json::as_str).collect();
    assert!(stack.len() == 2 && stack[0].starts_with("<main> (") && stack[1].starts_with("f ("), "{stack:?}");
}

#[test]
fn json_diagnostics_of_a_source_error() {
    let ran = run("json-source", "x := )\n", &["--json-runtime-diagnostics"]);
    assert_eq!(ran.code, Some(3));
    let object = json(&ran);
    assert_eq!(object["kind"], "source_diagnostic");
    assert_eq!(object["diagnostic"]["code"], "RUFPARSE001");
    assert!(object.get("runtime_kind").is_none() && object.get("call_stack").is_none());
}

#[test]
fn check_warns_without_failing() {
    let folder = Folder::new("check-warns");
    let odd = folder.file("odd.ruff", "func f() { return 1; print(2) }\nprint(f(3))\n");
    let ran = ruff(&["check", &odd]);
    ran.prints(&format!("check passed: {odd}\n"));
    ran.fails(
        0,
        &[
            "[RUFCHECK002] [check] warning: Nothing reaches this statement",
            ":1:22",
            "f expects 0 arguments, got 1",
        ],
    );
    assert_eq!(ruff(&["check", "--quiet", &odd]).err, "");
    let (good, bad) = (folder.file("good.ruff", "print(1)\n"), folder.file("bad.ruff", "x := )\n"));
    let both = ruff(&["check", &bad, &good]);
    both.fails(3, &["RUFPARSE001"]);
    assert_eq!(both.out, format!("check passed: {good}\n"));
    assert!(!ruff(&["run", &odd]).err.contains("warning"));
}

#[test]
fn check_reports_and_runs_nothing() {
    let folder = Folder::new("check");
    let file = folder.file("good.ruff", "print(1)\nx := 2\n");
    ruff(&["check", &file]).prints(&format!("check passed: {file}\n"));
    ruff(&["check", "--quiet", &file]).prints("");
    let object = json(&ruff(&["check", "--json", &file]));
    assert_eq!((&object["command"], &object["status"]), (&Json::from("check"), &Json::from("ok")));
    assert_eq!(object["file"], Json::from(file));
    assert_eq!(object["statement_count"], 2);
    assert!(object["bytecode_instruction_count"].as_u64() > Some(2));
    assert_eq!(
        (&object["diagnostics"], &object["warnings"][0]["severity"]),
        (&Json::from(Vec::<Json>::new()), &Json::from("warning"))
    );
    let bad = folder.file("bad.ruff", "print(nope)\nprint(nada)\n");
    ruff(&["check", &bad]).fails(4, &["nope", "nada"]);
}

// ---- format ----

#[test]
fn format_prints_and_leaves_the_file_alone() {
    let folder = Folder::new("format-prints");
    let file = folder.file("a.ruff", "x:=1;y := [1,2]\n");
    ruff(&["format", &file]).prints("x := 1\ny := [1, 2]\n");
    assert_eq!(std::fs::read_to_string(&file).expect("it is still there"), "x:=1;y := [1,2]\n");
    ruff(&["format", "--indent", "2", &folder.file("b.ruff", "if a {\nb }")]).prints("if a {\n  b\n}\n");
    ruff(&["format", "--line-length", "20", &folder.file("c.ruff", "f(aaaaaaaaaa, bbbbbbbbbb)")])
        .prints("f(\n    aaaaaaaaaa,\n    bbbbbbbbbb,\n)\n");
    let imports = folder.file("d.ruff", "import b\nimport a\n");
    ruff(&["format", &imports]).prints("import a\nimport b\n");
    ruff(&["format", "--no-sort-imports", &imports]).prints("import b\nimport a\n");
}

#[test]
fn format_checks_and_writes_whole_folders() {
    let folder = Folder::new("format-writes");
    std::fs::create_dir(folder.0.join("below")).expect("the folder for temporary files can be written");
    let (good, bad) = (folder.file("good.ruff", "x := 1\n"), folder.file("below/bad.ruff", "x:=1"));
    let other = folder.file("other.txt", "x:=1");
    let all = folder.0.to_string_lossy().into_owned();
    let checked = ruff(&["format", "--check", &all]);
    assert_eq!((checked.code, checked.out), (Some(1), format!("would reformat: {bad}\n")));
    ruff(&["format", "--write", &all]).prints(&format!("reformatted: {bad}\n"));
    ruff(&["format", "--write", &all]).prints("");
    ruff(&["format", "--check", &all]).prints("");
    for (file, text) in [(&good, "x := 1\n"), (&bad, "x := 1\n"), (&other, "x:=1")] {
        assert_eq!(&std::fs::read_to_string(file).expect("it is still there"), text);
    }
    let names = std::fs::read_dir(folder.0.join("below")).expect("it is there").count();
    assert_eq!(names, 1, "a temporary file was left");
}

#[cfg(unix)]
#[test]
fn format_keeps_permissions_and_links() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("format-permissions");
    let file = folder.file("a.ruff", "x:=1");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o750)).expect("it is ours");
    let link = folder.0.join("link.ruff");
    std::os::unix::fs::symlink(&file, &link).expect("links are allowed here");
    ruff(&["format", "--write", &link.to_string_lossy()]);
    assert!(link.is_symlink());
    let mode = std::fs::metadata(&file).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o750);
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), "x := 1\n");
}

#[test]
fn format_refuses_what_is_wrong() {
    let folder = Folder::new("format-refuses");
    let (bad, good) = (folder.file("bad.ruff", "x := (\n"), folder.file("good.ruff", "x:=1"));
    ruff(&["format", "--write", &bad, &good]).fails(3, &["RUFPARSE001", "bad.ruff:1:6"]);
    assert_eq!(std::fs::read_to_string(&bad).expect("it is there"), "x := (\n");
    assert_eq!(std::fs::read_to_string(&good).expect("it is there"), "x := 1\n");
    ruff(&["format", "missing.ruff"]).fails(5, &["missing.ruff"]);
    ruff(&["format"]).fails(2, &["<FILE>"]);
    ruff(&["format", "--write", "--check", &good]).fails(2, &["--check"]);
}

#[test]
fn format_as_json() {
    let folder = Folder::new("format-json");
    let (bad, good) = (folder.file("bad.ruff", "x := (\n"), folder.file("good.ruff", "x:=1"));
    let ran = ruff(&["format", "--json", &bad, &good]);
    let object: Json = serde_json::from_str(&ran.out).expect("one JSON object");
    assert_eq!(
        (ran.code, &object["command"], &object["status"]),
        (Some(3), &"format".into(), &"error".into())
    );
    assert_eq!(object["files"][0]["diagnostics"][0]["line"], 1);
    assert_eq!(object["files"][1]["formatted"], "x := 1\n");
    assert_eq!(object["files"][1]["changed"], true);
}

#[test]
fn format_from_stdin() {
    let mut child = command(&["format", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program was built");
    std::io::Write::write_all(&mut child.stdin.take().expect("it is piped"), b"x:=1").expect("it reads");
    let ran = Ran::of(&child.wait_with_output().expect("it ends"));
    ran.prints("x := 1\n");
}
