//! Every function of the library has a script below tests/scripts that shows its result, and one that shows its failure.
//!
//! A script shows a result if it calls the function and expects output. It shows a failure if the function is called in the line
//! that ends in the expected fault or that catches an error, or anywhere in a script of the function's own folder that does
//! either. What a script shows is for readers to judge; that none is forgotten is checked here.

mod harness;

use std::collections::BTreeSet;

use harness::{root, scripts};
use ruff::engine::reference;

/// Functions without a script for their result: those that read stdin, which scripts here do not have, or write beside
/// their script. What they do is seen in the dialogues of docs/STDLIB.md and in tests/cli. No name may be added for lack of time.
const NO_RESULT: &[&str] = &[
    "choose",
    "confirm",
    "prompt",
    "read_password",
    "read_stdin",
    "read_stdin_bytes",
    "stdin_lines",
    "assert_snapshot",
];

/// The same for failures.
const NO_FAILURE: &[&str] = &[];

/// What a line holds that catches an error.
const CATCHES: &[&str] = &["except", "attempt(", "assert_throws("];

/// What begins an expectation about output and about an uncaught error.
const EXPECT: &str = "# expect:";
const FAULT: &str = "# fault:";

/// The functions that scripts show.
#[derive(Default)]
struct Shown {
    results: BTreeSet<String>,
    failures: BTreeSet<String>,
}

impl Shown {
    /// Adds what a script shows; `folder` is the one it stands in.
    fn add(&mut self, folder: &str, script: &str) {
        let lines: Vec<&str> = script.lines().collect();
        let last = lines.iter().rposition(|line| !code(line).is_empty());
        let fails = script.contains(FAULT);
        let catches = |text: &str| CATCHES.iter().any(|word| text.contains(word));
        for (number, line) in lines.iter().enumerate() {
            let at_fault = fails
                && (Some(number) == last || lines[number..].iter().take(2).any(|line| line.contains(FAULT)));
            let names = || words(code(line)).map(str::to_owned);
            if script.contains(EXPECT) {
                self.results.extend(names());
            }
            if at_fault || catches(code(line)) {
                self.failures.extend(names());
            }
        }
        let whole: Vec<&str> = lines.iter().map(|line| code(line)).collect();
        if (fails || catches(&whole.join("\n")))
            && whole.iter().any(|line| words(line).any(|word| word == folder))
        {
            self.failures.insert(folder.to_owned());
        }
    }
}

/// A line without its expectations and comments.
fn code(line: &str) -> &str {
    let end = ["# expect", "# fault", "# help", "# warning", "# diagnostic"]
        .iter()
        .filter_map(|mark| line.find(mark))
        .min();
    let code = line[..end.unwrap_or(line.len())].trim();
    if code.starts_with('#') || code.starts_with("//") { "" } else { code }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The primary names of all functions; constants do not fail.
fn functions() -> Vec<&'static str> {
    let reference = reference();
    let names = reference.chapters.iter().flat_map(|chapter| &chapter.entries).flat_map(|entry| &entry.names);
    let is_function = |name: &&str| {
        reference.help(name).is_some_and(|help| help.signatures.iter().any(|(text, _)| text.contains('(')))
    };
    names.copied().filter(is_function).collect()
}

#[test]
fn every_function_has_a_script_for_its_result_and_one_for_its_failure() {
    let mut shown = Shown::default();
    for path in scripts(&root().join("tests/scripts")) {
        let folder =
            path.parent().and_then(|folder| folder.file_name()).unwrap_or_default().to_string_lossy();
        shown.add(&folder, &std::fs::read_to_string(&path).expect("scripts are UTF-8"));
    }
    let functions = functions();
    assert!(functions.len() > 500, "only {} functions found", functions.len());
    check("result", &functions, &shown.results, NO_RESULT);
    check("failure", &functions, &shown.failures, NO_FAILURE);
}

/// Exactly the excused functions are not shown.
fn check(what: &str, functions: &[&str], shown: &BTreeSet<String>, excused: &[&str]) {
    let lacking: Vec<&str> = functions.iter().copied().filter(|name| !shown.contains(*name)).collect();
    let new: Vec<&&str> = lacking.iter().filter(|name| !excused.contains(name)).collect();
    let old: Vec<&&str> = excused.iter().filter(|name| !lacking.contains(name)).collect();
    assert!(new.is_empty(), "no script shows the {what} of {new:?}");
    assert!(old.is_empty(), "scripts show the {what} of {old:?}, so that they need no excuse");
}

#[test]
fn what_a_script_shows_is_found() {
    let mut shown = Shown::default();
    shown.add("x", "a := f(1)\ng(a)\n# fault: TypeError: g\n");
    assert!(shown.results.is_empty() && shown.failures.contains("g") && !shown.failures.contains("f"));
    shown.add("x", "print(h(1)) # expect: k(1)\n# l(2)\ntry { m() } except e { print(e.kind) }\n");
    assert!(shown.results.contains("h") && !shown.results.contains("k") && !shown.results.contains("l"));
    assert!(shown.failures.contains("m") && !shown.failures.contains("h"));
    shown.add("n", "try {\n    n(1)\n} except e { print(e.kind) } # expect: ValueError\n");
    assert!(shown.failures.contains("n"));
}
