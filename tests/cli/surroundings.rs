//! What surrounds a program: its input, and what it leaves behind.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::processes::signalled;
use super::{Folder, Ran, command, ruff, run};

/// Runs a script with this on stdin.
fn fed(test: &str, text: &str, input: &[u8]) -> Ran {
    let folder = Folder::new(test);
    let file = folder.file("script.ruff", text);
    let mut child = command(&["run", &file])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("it is piped").write_all(input).expect("it reads");
    Ran::of(&child.wait_with_output().expect("it ends"))
}

#[test]
fn stdin_as_lines() {
    let script = "for line in stdin_lines() { print(\"<${line}>\") }\nprint(read_line())\n";
    fed("stdin-lines", script, b"one\r\n\ntwo").prints("<one>\n<>\n<two>\nnull\n");
}

#[test]
fn stdin_as_bytes() {
    let script = "print(read_line(), read_stdin_bytes(), read_stdin_bytes())\n";
    fed("stdin-bytes", script, b"a\n\xFF\n").prints("a bytes[255, 10] bytes[]\n");
    fed("stdin-bytes", "read_stdin()", b"\xFF").fails(4, &["ParseError", "invalid UTF-8 at byte 0"]);
}

#[test]
fn temporary_files_go_with_the_program() {
    let folder = Folder::new("temporary");
    let within = folder.0.to_string_lossy().into_owned();
    let text = "d := temp_dir(dir: args()[0])\nwrite_file(d + \"/a\", \"x\")\ntemp_file(dir: args()[0])\n";
    for (end, code) in [("", 0), ("throw \"over\"\n", 4), ("exit(3)\n", 3)] {
        let file = folder.file("script.ruff", format!("{text}{end}"));
        assert_eq!(ruff(&["run", &file, &within]).code, Some(code));
        assert_eq!(names(&folder), ["script.ruff"], "{end}");
    }
    let file = folder.file("script.ruff", "temp_file(dir: args()[0], keep: true, suffix: \".kept\")\n");
    assert_eq!(ruff(&["run", &file, &within]).code, Some(0));
    assert_eq!(names(&folder).iter().filter(|name| name.ends_with(".kept")).count(), 1);
}

fn names(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(&folder.0).expect("the folder is there");
    entries.map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn open_files_need_the_right_of_their_mode() {
    let read = "Capability denied: filesystem-read required for open_file; rerun with --allow-fs-read";
    run("open-rights", "open_file(\"/dev/null\")", &["--untrusted"]).fails(4, &[read]);
    let write = "Capability denied: filesystem-write required for open_file";
    run("open-rights", "open_file(\"/dev/null\", \"w\")", &["--untrusted", "--allow-fs-read"])
        .fails(4, &[write]);
    run("open-rights", "print(open_file(\"/dev/null\").read())", &["--untrusted", "--allow-fs-read"])
        .prints("null\n");
}

#[test]
fn questions_are_answered_by_lines() {
    let script = "print(confirm(\"Sure?\"), confirm(\"Sure?\", true), confirm(\"End?\", true))\n";
    fed("confirm", script, b"maybe\nYES\n\n")
        .prints("Sure? [y/N] Please answer y or n.\nSure? [y/N] Sure? [Y/n] End? [Y/n] true true true\n");
    let script = "print(prompt(\"Name\"), prompt(\"Age\", default: 7), prompt(\"N\", validate: s => if len(s) > 1 { true } else { \"Longer.\" }), prompt(\"End\"))\n";
    fed("prompt", script, b"Ada\n\na\nab\n").prints("Name: Age [7]: N: Longer.\nN: End: Ada 7 ab null\n");
    let script =
        "xs := [\"red\", 2]\nprint(choose(\"Colour\", xs), choose(\"Again\", xs), choose(\"End\", xs))\n";
    let asked = |text: &str| format!("{text}\n  1) red\n  2) 2\n");
    fed("choose", script, b"9\nred\n2\n").prints(
        &(asked("Colour")
            + "> Please give a number from 1 to 2.\n> "
            + &asked("Again")
            + "> "
            + &asked("End")
            + "> red 2 null\n"),
    );
    run("choose", "choose(\"x\", [])", &[]).fails(4, &["ValueError", "nothing to choose from"]);
    run("prompt", "prompt(\"x\", {validate: 5})", &[])
        .fails(4, &["TypeError", "'validate' expects function"]);
}

#[test]
fn snapshots_lie_beside_the_test() {
    let folder = Folder::new("snapshot");
    let file = folder.file("shape.ruff", "print(assert_snapshot(\"My Shape\", [1, \"a\"]))\n");
    let with = |name: &str, value: &str| {
        Ran::of(&command(&["run", &file]).env_remove("CI").env(name, value).output().expect("it runs"))
    };
    with("CI", "true").fails(4, &["AssertionError", "Snapshot 'My Shape' does not exist"]);
    with("NONE", "").prints("true\n");
    let kept = folder.0.join("snapshots/shape/my-shape.snap");
    assert_eq!(std::fs::read_to_string(&kept).expect("it was written"), "[1, \"a\"]\n");
    with("CI", "true").prints("true\n");
    folder.file("shape.ruff", "print(assert_snapshot(\"My Shape\", [2]))\n");
    with("NONE", "")
        .fails(4, &["AssertionError", "snapshot 'My Shape' differs", "expected [1, \"a\"]", "got [2]"]);
    with("RUFF_UPDATE_SNAPSHOTS", "1").prints("true\n");
    assert_eq!(std::fs::read_to_string(&kept).expect("it was written"), "[2]\n");
    folder.file("shape.ruff", "assert_snapshot(\"!\", 1)\n");
    with("NONE", "").fails(4, &["ValueError", "no letters or digits"]);
}

#[test]
fn passwords_need_a_terminal() {
    run("password", "print(read_password())", &[]).fails(4, &["UnsupportedError", "stdin is no terminal"]);
}

#[cfg(unix)]
#[test]
fn signals_call_functions() {
    let folder = Folder::new("signals");
    for (name, option) in [("INT", "-INT"), ("TERM", "-TERM"), ("HUP", "-HUP")] {
        let text = format!(
            "mut left := \"module\"\ndone := channel()\non_signal(\"{name}\", func() {{ print(\"got\", left); async_sleep(1); done.send(1) }})\nleft := \"changed later\"\nprint(\"ready\")\nflush()\ndone.receive()\nprint(\"end\")\n"
        );
        let file = folder.file("script.ruff", text);
        signalled(&file, &[], option).prints("ready\ngot module\nend\n");
    }
    let text = "on_signal(\"TERM\", func() { throw \"over\" })\nprint(\"ready\")\nflush()\nsleep(300)\n";
    let file = folder.file("script.ruff", text);
    signalled(&file, &[], "-TERM").fails(4, &["over", "nothing awaited"]);
}

#[cfg(unix)]
#[test]
fn exit_functions_run_when_the_program_is_ended_from_outside() {
    let folder = Folder::new("exit-signals");
    let text = "on_exit(() => print(\"bye\"))\nprint(\"ready\")\nflush()\nsleep(100000)\n";
    let file = folder.file("script.ruff", text);
    let ran = signalled(&file, &[], "-TERM");
    assert_eq!((ran.code, ran.out.as_str()), (Some(143), "ready\nbye\n"), "{}", ran.err);
}

/// What a program that goes on has printed, as soon as that is `text`; else what there is after two seconds.
#[cfg(unix)]
fn shown_meanwhile(test: &str, script: &str, text: &str, signal: bool) -> String {
    let folder = Folder::new(test);
    let (file, printed) = (folder.file("script.ruff", script), folder.0.join("printed"));
    let stdout = std::fs::File::create(&printed).expect("the folder can be written");
    let words = ["run", "--workers", "1", &file];
    let mut child = command(&words).stdout(stdout).spawn().expect("the program starts");
    if signal {
        std::thread::sleep(Duration::from_millis(200));
        let sent = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }
    let deadline = Instant::now() + Duration::from_secs(2);
    let read = || std::fs::read_to_string(&printed).expect("it can be read");
    while Instant::now() < deadline && read() != text {
        std::thread::sleep(Duration::from_millis(20));
    }
    let shown = read();
    child.kill().and_then(|()| child.wait()).expect("it ends");
    shown
}

#[cfg(unix)]
#[test]
fn what_is_printed_to_a_file_is_seen_while_the_program_goes_on() {
    let handler = "on_signal(\"TERM\", () => print(\"t\"))\nwhile true { }\n";
    assert_eq!(shown_meanwhile("shown-handler", handler, "t\n", true), "t\n");
    let busy = "print(1)\nwhile true { }\n";
    assert_eq!(shown_meanwhile("shown-busy", busy, "1\n", false), "1\n");
    let waiting = "print(1)\nsleep(100000)\n";
    assert_eq!(shown_meanwhile("shown-waiting", waiting, "1\n", false), "1\n");
}

#[test]
fn each_exit_function_is_called_and_no_error_is_lost() {
    let text = "on_exit(() => print(\"first registered\"))\non_exit(func() { throw \"failed\" })\non_exit(() => exit(5))\non_exit(() => exit(7))\n";
    let ran = run("exit-again", text, &[]);
    assert_eq!(ran.out, "first registered\n");
    ran.fails(5, &["failed"]);
    run("exit-hides", "on_exit(() => exit(5))\nthrow \"failed\"\n", &[]).fails(5, &["failed"]);
    run("exit-rejected", "spawn { throw \"failed\" }\nsleep(1)\nexit(3)\n", &[])
        .fails(3, &["failed", "nothing awaited"]);
}

#[test]
fn a_file_that_was_opened_for_something_else_says_so() {
    let folder = Folder::new("open-mode");
    let path = folder.file("data", "text");
    let script = folder.file("script.ruff", "open_file(args()[0], args()[1]).write(\"x\")\n");
    ruff(&["run", &script, &path, "r"]).fails(4, &["Cannot write file", "the file was opened to be read"]);
    let script = folder.file("script.ruff", "print(open_file(args()[0], args()[1]).read())\n");
    ruff(&["run", &script, &path, "a"]).fails(4, &["Cannot read file", "the file was opened to be written"]);
    let script = folder.file("script.ruff", "for line in open_file(args()[0]) { print(line) }\n");
    ruff(&["run", &script, &path]).fails(4, &["Cannot iterate over file", "file_lines(path)"]);
}

/// What a program or command was to give is not lost in silence: neither a script goes on, nor does a command pretend to be done.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full_is_an_error() {
    let folder = Folder::new("full");
    let file = folder.file("script.ruff", "for i in 100000 { print(i) }\nwrite_file(args()[0], \"after\")\n");
    let short = folder.file("short.ruff", "print(1)\n");
    let after = folder.0.join("after").to_string_lossy().into_owned();
    for words in
        [vec!["run", &file, &after], vec!["run", &short], vec!["format", "--help"], vec!["doc", "len"]]
    {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let mut command = command(&words);
        let ended =
            command.stdout(full).stderr(Stdio::piped()).spawn().expect("it starts").wait_with_output();
        let ended = ended.expect("it ends");
        let told = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(5), "{words:?}: {told}");
        assert!(told.contains("Cannot write to stdout: No space left on device"), "{words:?}: {told}");
    }
    assert!(!std::path::Path::new(&after).exists());
}

#[test]
fn what_an_error_was_thrown_because_of_is_told() {
    let text = "func low() { throw \"disk full\" }\nstruct Wrapped { message; cause }\n\
        try { low() } except e { throw Wrapped { message: \"save failed\", cause: e } }\n";
    run("causes", text, &[])
        .fails(4, &["Wrapped: save failed", "Caused by: Thrown: disk full (", "script.ruff:1:14)"]);
    run("cause-value", "throw {message: \"m\", cause: [1, 2]}\n", &[])
        .fails(4, &["Thrown: m", "Caused by: [1, 2]"]);
}

#[test]
fn what_is_thrown_gives_no_commands_to_the_terminal() {
    let ran = run("escapes", "throw \"a\\u{1b}[31mb\\nc\"\n", &[]);
    assert!(ran.err.contains("a\u{241b}[31mb\nc") && !ran.err.contains('\x1b'), "{}", ran.err);
}
