//! What surrounds a program: its input, and what it leaves behind.

use std::io::Write;
use std::process::Stdio;

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
