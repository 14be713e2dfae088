//! Every library function that writes the text of a struct writes that of its `op_str`.
//!
//! Each function is called with a struct, or with collections of it, in the place of each of its arguments. Then no text it
//! gives, prints or throws may hold what the struct would print without the method, and none may show values that is not
//! declared so: debug builds end with a panic there.

use std::io::Write;
use std::process::{Command, Stdio};

use ruff::stdlib::{SOURCES, table};
use ruff::vm::Parameter;

/// `inspect` and what is written as JSON and kin show the field in another way.
const WITHOUT_METHOD: &str = "{ mark: raw";

const DECLARATIONS: &str = "struct Own { mark; func op_str(self) { return \"own\" } }
own := Own { mark: \"raw\" }
func seen(name, text) { if is_string(text) and contains(text, \"{ mark: raw\") { print(name, \"writes\", text) } }
func ask(name, f) {
    try {
        given := f()
        seen(name, given)
        if type(given) == \"promise\" { seen(name, await given) }
    } except e { seen(name, e.message) }
}
";

/// Ends the program.
const LEFT_OUT: &[&str] = &["exit"];

/// An argument of these types that does no harm; whether it holds the struct.
fn argument(parameter: &Parameter, asked: bool) -> (&'static str, bool) {
    let holds = |text| (text, asked);
    match parameter.types[0] {
        "any" => holds(if asked { "own" } else { "1" }),
        "array" | "seq" => holds(if asked { "[own, [own]]" } else { "[\"a\"]" }),
        "dict" => holds(if asked { FIELDS } else { "{a: 1}" }),
        "set" => holds(if asked { "Set([own])" } else { "Set([1])" }),
        "string" | "bytes" => ("\"a\"", false),
        "int" | "num" | "float" => ("1", false),
        "bool" => ("true", false),
        "function" => ("() => 1", false),
        "promise" => ("promise_resolve(1)", false),
        "channel" => ("channel()", false),
        _ => ("null", false),
    }
}

/// The struct under all keys that functions look for.
const FIELDS: &str =
    "{a: own, title: own, link: own, description: [own], loc: own, id: own, categories: [own], list: [own]}";

/// The calls that give a function the struct in one place after the other.
fn calls(name: &str, parameters: &[Parameter]) -> Vec<String> {
    let call = |place: usize| {
        let arguments = parameters.iter().enumerate().map(|(at, parameter)| argument(parameter, at == place));
        let (texts, holds): (Vec<_>, Vec<_>) = arguments.unzip();
        let call = format!("ask(\"{name}\", () => {name}({}))", texts.join(", "));
        holds.contains(&true).then_some(call)
    };
    (0..parameters.len()).filter_map(call).collect()
}

/// The same for the functions that are written in Ruff, whose parameters may be anything.
fn prelude_calls() -> impl Iterator<Item = String> {
    let heads =
        SOURCES.iter().flat_map(|(_, text)| text.lines().filter_map(|line| line.strip_prefix("func ")));
    heads.filter_map(|head| head.split_once('(')).flat_map(|(name, rest)| {
        let count = rest.split(')').next().map_or(0, |parameters| parameters.split(',').count());
        let given = ["own", "[own]", "\"a\""].into_iter();
        given.map(move |first| {
            let rest = ", own".repeat(count.saturating_sub(1));
            format!("ask(\"{name}\", () => {name}({first}{rest}))")
        })
    })
}

#[test]
fn functions_write_the_text_that_a_struct_has() {
    let natives = table();
    let mut script = DECLARATIONS.to_owned();
    for (_, signature) in &natives.entries {
        let parameters: Vec<_> = signature.params.iter().chain(&signature.rest).cloned().collect();
        for call in calls(signature.names[0], &parameters) {
            script.push_str(&call);
            script.push('\n');
        }
    }
    prelude_calls().for_each(|call| script.extend([call.as_str(), "\n"]));
    let shown = |line: &&str| {
        !line.contains("\"__") && !LEFT_OUT.iter().any(|name| line.contains(&format!("\"{name}\"")))
    };
    let script: String = script.lines().filter(shown).flat_map(|line| [line, "\n"]).collect();
    let asked = script.matches("\nask(").count();
    assert!(asked > 300, "only {asked} calls were found");
    let printed = run(&script);
    assert!(!printed.contains(WITHOUT_METHOD), "{printed}");
}

/// What a script prints that must end well, without any right.
fn run(script: &str) -> String {
    let path = std::env::temp_dir().join(format!("ruff-own-text-{}.ruff", std::process::id()));
    let mut file = std::fs::File::create(&path).expect("the folder for temporary files can be written");
    file.write_all(script.as_bytes()).expect("the folder for temporary files can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ruff"));
    command.args(["run", "--untrusted"]).arg(&path).stdin(Stdio::null());
    let output = command.output().expect("the program was built");
    let _ = std::fs::remove_file(&path);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
    format!("{out}{err}")
}
