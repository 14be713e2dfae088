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

/// A script that starts a child which writes its number into the file that is the script's argument and then sleeps. When
/// the child has begun, the script prints a line and goes on with `then`.
#[cfg(unix)]
fn with_child(folder: &Folder, then: &str) -> String {
    let start = r#"p := start_process(["sh", "-c", "echo \$\$ > \$0.new; mv \$0.new \$0; exec sleep 60", args()[0]])"#;
    folder.file(
        "run.ruff",
        format!("{start}\nwhile not file_exists(args()[0]) {{ sleep(5) }}\nprint(1)\nflush()\n{then}\n"),
    )
}

/// Whether the child that wrote this file goes on, after some time to end. A child that nobody has buried yet has ended.
#[cfg(unix)]
fn goes_on(written: &Path) -> bool {
    let child = std::fs::read_to_string(written).expect("the child has begun");
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let state = state_of(child.trim());
        if state.is_empty() || state.starts_with('Z') {
            return false;
        }
        if Instant::now() >= deadline {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// `R`, `S`, `Z` and so on; empty if there is no such process.
#[cfg(unix)]
fn state_of(process: &str) -> String {
    if Path::new("/proc/self/stat").exists() {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        return stat.rsplit_once(") ").map_or_else(String::new, |(_, state)| state[..1].to_owned());
    }
    let asked = Command::new("ps").args(["-o", "stat=", "-p", process]).output().expect("there is ps");
    String::from_utf8_lossy(&asked.stdout).trim().to_owned()
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
        let (file, written) = (with_child(&folder, "wait(p)"), folder.0.join("child"));
        let ran = signalled(&file, &[&written.to_string_lossy()], signal);
        assert_eq!(ran.code, Some(code), "{}", ran.err);
        assert!(!goes_on(&written), "{signal}: the child went on");
    }
}

#[cfg(unix)]
#[test]
fn children_end_with_the_program() {
    let folder = Folder::new("process-end");
    let (file, written) = (with_child(&folder, "info(p)"), folder.0.join("child"));
    ruff(&["run", &file, &written.to_string_lossy()]).prints("1\n");
    assert!(!goes_on(&written), "the child went on");
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
