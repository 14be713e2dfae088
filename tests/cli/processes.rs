//! Programs that scripts start: the rights they need, and what becomes of them when the program is ended from outside.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Folder, Ran, command, ruff};

/// Runs a script until it prints a line, sends it a signal, and gives what it did then.
pub(super) fn signalled(file: &str, args: &[&str], signal: &str) -> Ran {
    let mut child = command(&[&["run", file], args].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut printed = String::new();
    out.read_line(&mut printed).expect("it prints a line");
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    out.read_to_string(&mut printed).expect("it prints text");
    let mut output = child.wait_with_output().expect("it ends");
    output.stdout = printed.into_bytes();
    Ran::of(&output)
}

/// Waits as long as a child that was not killed would need, and says whether it left its mark.
fn was_left(marker: &Path) -> bool {
    let deadline = Instant::now() + Duration::from_millis(2500);
    while Instant::now() < deadline && !marker.exists() {
        std::thread::sleep(Duration::from_millis(50));
    }
    marker.exists()
}

#[test]
fn processes_need_rights() {
    let folder = Folder::new("process-rights");
    let file = folder.file("run.ruff", "print(trim(spawn_process([\"echo\", \"a\"]).stdout))\n");
    let denied =
        "Capability denied: process-exec required for spawn_process; rerun with --allow-process-exec";
    ruff(&["run", "--untrusted", &file]).fails(4, &[denied]);
    ruff(&["run", "--allow-process-exec", &file]).prints("a\n");
    let line = folder.file("line.ruff", "print(trim(execute(\"echo a\")))\n");
    let denied = "Capability denied: shell-exec required for execute; rerun with --allow-shell-exec";
    ruff(&["run", "--allow-process-exec", &line]).fails(4, &[denied]);
    ruff(&["run", "--allow-shell-exec", &line]).prints("a\n");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_children() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let folder = Folder::new(&format!("process{signal}"));
        let marker = folder.0.join("marker");
        let text = "print(1)\nflush()\nspawn_process([\"sh\", \"-c\", \"sleep 1; touch $0\", args()[0]])\n";
        let file = folder.file("run.ruff", text.replace("$0", "\\$0"));
        let ran = signalled(&file, &[&marker.to_string_lossy()], signal);
        assert_eq!(ran.code, Some(code), "{}", ran.err);
        assert!(!was_left(&marker), "{signal}: the child went on");
    }
}

#[cfg(unix)]
#[test]
fn children_end_with_the_program() {
    let folder = Folder::new("process-end");
    let marker = folder.0.join("marker");
    let text = "p := start_process([\"sh\", \"-c\", \"sleep 1; touch \\$0\", args()[0]])\nsleep(100)\n";
    let file = folder.file("run.ruff", text);
    ruff(&["run", &file, &marker.to_string_lossy()]).prints("");
    assert!(!was_left(&marker), "the child went on");
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_that_is_to_survive_its_terminal_does() {
    let folder = Folder::new("process-nohup");
    let file = folder.file("run.ruff", "print(1)\nflush()\nsleep(300)\nprint(2)\n");
    let line = format!("trap '' HUP; exec {} run {file}", env!("CARGO_BIN_EXE_ruff"));
    let mut child = Command::new("sh").args(["-c", &line]).stdout(Stdio::piped()).spawn().expect("sh starts");
    let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut printed = String::new();
    out.read_line(&mut printed).expect("it prints a line");
    let sent = Command::new("kill").args(["-HUP", &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    out.read_to_string(&mut printed).expect("it prints text");
    assert_eq!((printed.as_str(), child.wait().expect("it ends").code()), ("1\n2\n", Some(0)));
}
