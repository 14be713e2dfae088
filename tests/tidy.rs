//! The house rules that a compiler does not know: layers, module docs, file sizes, who may block and who may print.
//!
//! Each rule is a function from a file's path and text to what is wrong, so that every rule is also shown to fail.

use std::path::{Path, PathBuf};

/// Which `crate::x` each layer of src/ may import besides itself (docs/ARCHITECTURE.md).
const LAYERS: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("syntax", &["source"]),
    ("format", &["source", "syntax"]),
    ("bytecode", &["source"]),
    ("compiler", &["source", "syntax", "bytecode"]),
    ("value", &["bytecode"]),
    ("context", &["value", "bytecode"]),
    ("vm", &["context", "value", "bytecode", "source"]),
    ("stdlib", &["vm", "value", "context", "bytecode", "syntax", "source"]),
    ("snapshot", &["context", "value", "bytecode"]),
    ("sync", &[]),
    ("runtime", &["sync", "snapshot", "vm", "context", "value", "bytecode"]),
    (
        "engine",
        &[
            "source", "syntax", "bytecode", "compiler", "value", "context", "vm", "stdlib", "snapshot",
            "sync", "runtime",
        ],
    ),
    ("cli", &["engine", "source", "bytecode", "format"]),
];

/// The same inside runtime/: each part may import only parts above it. Parts of one line are siblings.
const RUNTIME: &[&[&str]] = &[
    &["store", "sleep", "activity", "counters", "deadlines", "time", "output"],
    &["trace", "warm"],
    &["ready"],
    &["promise"],
    &["failure"],
    &["channel", "timer", "shared", "random"],
    &["gate", "signal", "deferred"],
    &["keep"],
    &["io", "schedule"],
    &["request"],
    &["crew", "live", "freezer"],
    &["worker"],
    &["census"],
    &["leaks"],
    &["inspect", "deadlock"],
    &["exit", "leftover"],
    &["host", "series"],
    &["dialogue"],
];

/// Words that only some folders may use, with the reason.
const RESERVED: &[(&str, &[&str], &str)] = &[
    ("std::sync::Mutex", &["src/sync/"], "locks are those of sync/, or loom cannot see them"),
    ("std::sync::RwLock", &["src/sync/"], "locks are those of sync/, or loom cannot see them"),
    ("std::sync::Condvar", &["src/sync/"], "locks are those of sync/, or loom cannot see them"),
    (
        "std::sync::atomic",
        &["src/sync/", "src/value/counted.rs"],
        "atomics are those of sync/, or loom cannot see them",
    ),
    ("std::sync::mpsc", &["src/sync/"], "threads talk through promises"),
    ("thread::spawn", &["src/sync/"], "threads are started by sync/"),
    ("thread::Builder", &["src/sync/"], "threads are started by sync/"),
    ("thread::scope", &["src/sync/"], "threads are started by sync/"),
    ("thread::sleep", &["src/sync/"], "threads sleep in runtime/sleep"),
    ("thread::park", &["src/sync/"], "threads sleep in runtime/sleep"),
    ("dashmap", &["src/sync/"], "sync/ wraps it, so that no guard escapes"),
    ("crossbeam_deque", &["src/sync/"], "sync/ wraps it"),
    ("tokio::", &["src/runtime/io"], "tokio lives in runtime/io and nowhere else"),
    (
        "block_on",
        &["src/runtime/io", "src/runtime/worker", "src/runtime/mod.rs"],
        "only the blocking path blocks",
    ),
    ("std::fs", &["src/cli/", "src/engine/modules.rs", "src/runtime/io"], "files are read off the workers"),
    ("Instant::now", &["src/cli/", "src/runtime/", "src/sync/"], "a context knows no clock"),
    ("SystemTime", &["src/cli/", "src/runtime/"], "a context knows no clock"),
    ("println!", &[], "cli writes through one function"),
    (
        "io::stdout",
        &["src/cli/", "src/engine/console.rs"],
        "only the command line and a console write to streams",
    ),
    ("process::exit", &["src/cli/"], "the command line ends the process"),
    ("#[ignore", &[], "a test asserts what happens today"),
];

/// What is wrong with one file: a line and a sentence.
type Findings = Vec<(usize, String)>;

/// The layer of a path below src/: its folder, or the stem of a file at the top.
fn layer(path: &str) -> &str {
    let below = path.strip_prefix("src/").unwrap_or(path);
    below.split('/').next().unwrap_or(below).trim_end_matches(".rs")
}

/// Lines of code with comments cut off, and the tests at the end of a file left out.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().take_while(|(_, line)| line.trim() != "#[cfg(test)]");
    lines.map(|(number, line)| (number + 1, line.split("//").next().unwrap_or("")))
}

/// The first path segments after every `root` in a line: `crate::{a::X, b}` gives a and b.
fn imports<'a>(line: &'a str, root: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices(root) {
        let before = line[..at].chars().next_back();
        if before.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == ':') {
            continue;
        }
        let rest = &line[at + root.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(group_heads(group)),
            None => found.push(word(rest)),
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// The heads of the entries of `a::{x, y}, b}`, nested braces skipped.
fn group_heads(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut heads = vec![word(group)];
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(word(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    heads
}

fn word(text: &str) -> &str {
    let end = text.find(|character: char| !(character.is_alphanumeric() || character == '_'));
    &text[..end.unwrap_or(text.len())]
}

/// `crate::x` outside the table. Macros' `$crate` and lib.rs, main.rs are not layers.
fn forbidden_imports(path: &str, text: &str) -> Findings {
    let own = layer(path);
    let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == own) else {
        return match own {
            "lib" | "main" | "allocator" => Vec::new(),
            _ => vec![(1, format!("{own} is no layer of the table"))],
        };
    };
    let wrong =
        |name: &&str| *name != own && !allowed.contains(name) && LAYERS.iter().any(|row| row.0 == *name);
    code_lines(text)
        .flat_map(|(line, code)| imports(code, "crate::").into_iter().map(move |name| (line, name)))
        .filter(|(_, name)| wrong(name))
        .map(|(line, name)| (line, format!("{own} must not import crate::{name}")))
        .collect()
}

/// The parts of runtime/ import downwards only.
fn forbidden_runtime_imports(path: &str, text: &str) -> Findings {
    let Some(below) = path.strip_prefix("src/runtime/") else { return Vec::new() };
    let own = word(below);
    let rank = |name: &str| RUNTIME.iter().position(|parts| parts.contains(&name));
    let Some(own_rank) = rank(own) else {
        return match own {
            "mod" => Vec::new(),
            _ => vec![(1, format!("runtime/{own} is not in the table"))],
        };
    };
    let up = if below.contains('/') && !below.ends_with("/mod.rs") { "super::super::" } else { "super::" };
    let mut found = Vec::new();
    for (line, code) in code_lines(text) {
        let names = imports(code, "crate::runtime::").into_iter().chain(imports(code, up));
        let wrong = names.filter(|name| *name != own && rank(name).is_some_and(|rank| rank >= own_rank));
        found.extend(wrong.map(|name| (line, format!("runtime/{own} must not import runtime/{name}"))));
    }
    found
}

/// Every file says at its top what it owns.
fn missing_module_doc(_: &str, text: &str) -> Findings {
    match text.trim_start().starts_with("//!") {
        true => Vec::new(),
        false => vec![(1, "the file has no module doc (//!)".to_owned())],
    }
}

/// Files are short, or say why not.
fn too_long(path: &str, text: &str) -> Findings {
    let lines = text.lines().count();
    let excused = text.lines().take(40).any(|line| line.contains("Longer than 500 lines because"));
    match lines > 500 && !excused {
        true => vec![(500, format!("{path} has {lines} lines and gives no reason"))],
        false => Vec::new(),
    }
}

/// Words that belong to other folders.
fn reserved_words(path: &str, text: &str) -> Findings {
    if path.contains("/tests/") {
        return Vec::new(); // Unit tests may do what they need.
    }
    let mut found = Vec::new();
    for (line, code) in code_lines(text) {
        for (word, folders, reason) in RESERVED {
            let allowed = folders.iter().any(|folder| path.starts_with(folder));
            if code.contains(word) && !allowed {
                found.push((line, format!("`{word}` is not for this file: {reason}")));
            }
        }
    }
    found
}

/// Names that say nothing.
fn empty_names(path: &str, _: &str) -> Findings {
    let empty = ["util", "utils", "helper", "helpers", "misc", "common", "manager"];
    let parts = path.trim_end_matches(".rs").split('/');
    parts.filter(|part| empty.contains(part)).map(|part| (1, format!("`{part}` names nothing"))).collect()
}

/// Glob imports hide where names come from.
fn glob_imports(_: &str, text: &str) -> Findings {
    let globs = code_lines(text).filter(|(_, code)| {
        let code = code.trim_start();
        (code.starts_with("use ") || code.starts_with("pub use ")) && code.contains("::*")
    });
    globs.map(|(line, _)| (line, "glob import".to_owned())).collect()
}

type Rule = fn(&str, &str) -> Findings;

const RULES: &[Rule] = &[
    forbidden_imports,
    forbidden_runtime_imports,
    missing_module_doc,
    too_long,
    reserved_words,
    empty_names,
    glob_imports,
];

/// Every .rs file below a folder of the repository: its path with `/`, and its text.
fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of this repository can be listed") {
            let path: PathBuf = entry.expect("a folder of this repository can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(root)
                    .expect("it is below the root")
                    .to_string_lossy()
                    .replace('\\', "/");
                found.push((name, std::fs::read_to_string(&path).expect("sources are UTF-8")));
            }
        }
    }
    found
}

#[test]
fn sources_keep_the_house_rules() {
    let sources = files("src");
    assert!(sources.len() > 30, "only {} files found", sources.len());
    let mut wrong = Vec::new();
    for (path, text) in &sources {
        for rule in RULES {
            wrong.extend(
                rule(path, text).into_iter().map(|(line, finding)| format!("{path}:{line}: {finding}")),
            );
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn tests_and_examples_have_module_docs() {
    let wrong: Vec<String> = ["tests", "loom-tests", "shuttle-tests", "benches", "examples"]
        .iter()
        .flat_map(|folder| files(folder))
        .filter(|(path, text)| !missing_module_doc(path, text).is_empty())
        .map(|(path, _)| path)
        .collect();
    assert!(wrong.is_empty(), "no module doc: {wrong:?}");
}

#[test]
fn every_rule_can_fail() {
    let one = |rule: Rule, path: &str, text: &str| assert_eq!(rule(path, text).len(), 1, "{path}: {text}");
    one(forbidden_imports, "src/value/mod.rs", "use crate::runtime::Runtime;");
    one(forbidden_imports, "src/vm/mod.rs", "fn f() { crate::stdlib::table(); }");
    one(forbidden_imports, "src/cli/run.rs", "use crate::{engine::Engine, vm::Halt};");
    one(forbidden_imports, "src/helpers2/mod.rs", "");
    one(forbidden_runtime_imports, "src/runtime/store.rs", "use super::promise::Promise;");
    one(forbidden_runtime_imports, "src/runtime/promise/mod.rs", "use crate::runtime::timer::Timer;");
    one(missing_module_doc, "src/a.rs", "fn f() {}");
    one(too_long, "src/a.rs", &"\n".repeat(501));
    one(reserved_words, "src/runtime/promise.rs", "use std::sync::Mutex;");
    one(reserved_words, "src/vm/run.rs", "let now = Instant::now();");
    one(reserved_words, "src/runtime/timer.rs", "tokio::spawn(f());");
    one(reserved_words, "src/stdlib/files.rs", "executor.block_on(promise)");
    one(empty_names, "src/vm/util.rs", "");
    one(glob_imports, "src/a.rs", "use crate::value::*;");
}

#[test]
fn allowed_code_passes() {
    let none =
        |rule: Rule, path: &str, text: &str| assert_eq!(rule(path, text), Vec::new(), "{path}: {text}");
    none(forbidden_imports, "src/vm/mod.rs", "use crate::value::{Value, compare};");
    none(forbidden_imports, "src/vm/mod.rs", "// crate::stdlib is above us");
    none(forbidden_runtime_imports, "src/runtime/promise.rs", "use super::{store::Ticket, ready::Ready};");
    none(reserved_words, "src/sync/real.rs", "use std::sync::Mutex;");
    none(reserved_words, "src/vm/run.rs", "#[cfg(test)]\nmod tests { fn f() { thread::spawn(g); } }");
    none(too_long, "src/a.rs", &format!("//! Longer than 500 lines because.\n{}", "\n".repeat(600)));
}
