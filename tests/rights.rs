//! Every function of the library that needs a right is refused without it (docs/STDLIB.md, LANGUAGE 14.1): called by its name,
//! as a callback, and in a context of its own. The error names the function that was called, not one that it is made of.
//!
//! Functions in Rust, and the right that each needs, are taken from their declarations, and so are arguments of the right types.
//! Those written in Ruff need what the natives need that they call; for them the calls stand here.

mod harness;

use harness::{Mode, run};
use ruff::engine::{Capability, Engine, Options, reference};

/// Calls of functions written in Ruff, and of natives that need more than they declare for all calls, by that right.
const WRITTEN_IN_RUFF: &[(Capability, &[&str])] = &[
    (
        Capability::FilesystemRead,
        &[
            "read_lines(\"x\")",
            "read_file(\"x\", encoding: \"latin1\")",
            "async_read_file(\"x\", encoding: \"latin1\")",
            "copy_tree(\"x\", \"no/such/x\", only_newer: true)",
            "async_read_lines(\"x\")",
            "async_read_files([\"x\"])",
            "next(file_lines(\"x\"))",
            "hash_file(\"x\")",
            "sha256_file(\"x\")",
            "md5_file(\"x\")",
            "hash_tree(\"x\")",
            "load_env_file(\"x\")",
            "build_cache(\"x\")",
            "file_response(\"x\")",
            "template_render(\"{% include 'a' %}\", {}, dir: \"x\")",
            "ssg_read_render_and_write_pages([\"x\"], \"y\")",
            "render(\"{% include 'a' %}\", {}, dir: \"x\")",
            "templates(\"x\")",
            "assert_snapshot(\"x\", 1)",
            "open_file(\"x\")",
            "io_copy_range(\"x\", \"no/such/x\", 0, 1)",
            "db_connect(\"no/such.db\")",
            "db_pool(\"sqlite\", \"no/such.db\")",
        ],
    ),
    (
        Capability::FilesystemWrite,
        &[
            "write_lines(\"no/such/x\", [])",
            "async_write_files([\"no/such/x\"], [\"\"])",
            "http_download(\"http://127.0.0.1:1/\", \"no/such/x\")",
            "ssg_render_and_write_pages([\"x\"], \"no/such\")",
            "ssg_read_render_and_write_pages([\"Cargo.toml\"], \"no/such\")",
            // Where CI is set, a missing snapshot is an error before anything is written.
            "[env_set(\"CI\", \"false\"), assert_snapshot(\"x\", 1)]",
            "build_cache(\"no/such/x\").save()",
            "open_file(\"no/such/x\", \"w\")",
            "db_connect(\"no/such.db\")",
            "db_pool(\"sqlite\", \"no/such.db\")",
            "log_config(file: \"no/such/x\")",
        ],
    ),
    (
        Capability::ProcessExec,
        &["spawn_process([\"x\"])", "run_process([\"x\"])", "async_spawn_process([\"x\"])"],
    ),
    (Capability::ShellExec, &["execute(\"x\")", "execute_status(\"x\")", "async_execute(\"x\")"]),
    (
        Capability::EnvRead,
        &[
            "env(\"X\")",
            "env_or(\"X\")",
            "env_required(\"X\")",
            "env_int(\"X\")",
            "env_float(\"X\")",
            "env_bool(\"X\")",
            "assert_snapshot(\"x\", 1)",
            "(p => [write_file(p, \"A=1\"), load_env_file(p)])(temp_file())",
        ],
    ),
    (Capability::EnvWrite, &["(p => [write_file(p, \"RUFF_T_RIGHTS=1\"), load_env_file(p)])(temp_file())"]),
    (
        Capability::NetworkClient,
        &[
            "parallel_http([\"http://127.0.0.1:1/\"])",
            "http_download(\"http://127.0.0.1:1/\", \"no/such/x\")",
        ],
    ),
    (Capability::NetworkServer, &["start(http_server(0))", "listen(http_server(0))"]),
    (
        Capability::Clock,
        &[
            "now_utc()",
            "elapsed(1)",
            "after(1, len)",
            "every(1, len)",
            "bench(\"x\", () => 1)",
            "trace(\"x\", () => 1)",
        ],
    ),
    (Capability::Random, &["rng()", "shuffle([1])", "uuid_v7()"]),
];

/// A native, its right, and values for the parameters that must be given.
struct Gated {
    name: &'static str,
    right: Capability,
    arguments: Vec<&'static str>,
}

/// All natives that need a right, from their declarations.
fn gated() -> Vec<Gated> {
    let reference = reference();
    let names = reference.chapters.iter().flat_map(|chapter| &chapter.entries).flat_map(|entry| &entry.names);
    let mut found = Vec::new();
    for &name in names {
        let help = reference.help(name).expect("it has an entry");
        for (signature, meaning) in help.signatures {
            let needed = Capability::ALL
                .into_iter()
                .find(|right| meaning.contains(&format!("Needs {}.", right.text())));
            if let Some(right) = needed {
                found.push(Gated { name, right, arguments: arguments(&signature) });
            }
        }
    }
    found
}

/// Values for the parameters of a signature that must be given.
fn arguments(signature: &str) -> Vec<&'static str> {
    let (_, params) = signature.split_once('(').expect("it has parameters");
    let (params, _) = params.rsplit_once(") -> ").expect("it has a result");
    let required = params.split(", ").filter(|param| param.contains(": ") && !param.contains(['=', '?']));
    let required = required.filter(|param| !param.starts_with("..."));
    required.map(|param| value(param.split_once(": ").expect("it was looked at").1)).collect()
}

/// A value of a type as written in a signature.
fn value(types: &str) -> &'static str {
    match types.split('|').next().unwrap_or(types) {
        "string" => "\"no/such/x\"",
        "bytes" => "bytes(\"x\")",
        "int" | "num" | "float" => "1",
        "bool" => "true",
        "array" | "seq" => "[]",
        "dict" => "{}",
        "function" => "len",
        "any" => "null",
        "httpserver" => "http_server(0)",
        "httpsession" => "http_session()",
        "udpsocket" => "udp_bind(\"127.0.0.1\", 0)",
        other => panic!("no value of type {other}"),
    }
}

/// Functions that are another by a second name (STDLIB appendix A), and one whose default value is a call.
const SPEAKS_FOR: &[(&str, &str)] = &[
    ("run_process", "spawn_process"),
    ("env_or", "env"),
    ("render", "template_render"),
    ("elapsed", "performance_now"),
];

/// Whether a call is refused for lack of a right, in the name of a function that stands in it.
fn refused(engine: &Engine, right: Capability, call: &str) -> Result<(), String> {
    let engine = engine.with_options(Options { denied: vec![right], ..Mode::Plain.options() });
    let text = format!("try {{ await {call} }} except e {{ print(e.kind, e.message, e.value.function) }}");
    let observed = run(&engine, "rights.ruff", &text).ok_or_else(|| format!("{call} hangs"))?;
    let is_told = |name: &str| {
        let (needed, flag) = (right.text(), right.flag());
        let told = format!("Capability denied: {needed} required for {name}; rerun with {flag} {name}\n");
        observed.stdout.starts_with("CapabilityError ") && observed.stdout.ends_with(&told)
    };
    let called = call.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let also = |name| SPEAKS_FOR.iter().filter(move |(other, _)| *other == name).map(|(_, name)| *name);
    if called.flat_map(|name| std::iter::once(name).chain(also(name))).any(is_told) {
        return Ok(());
    }
    Err(format!(
        "{call} without {}: {:?} {:?} {:?}",
        right.text(),
        observed.stdout,
        observed.fault,
        observed.diagnostics
    ))
}

fn check(calls: impl IntoIterator<Item = (Capability, String)>) {
    let engine = Engine::new(Mode::Plain.options());
    let refused = calls.into_iter().map(|(right, call)| refused(&engine, right, &call));
    let wrong: Vec<String> = refused.filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn natives_are_refused_by_name_as_callbacks_and_in_contexts() {
    let gated = gated();
    assert!(gated.len() > 80, "only {} found", gated.len());
    check(gated.iter().flat_map(|Gated { name, right, arguments }| {
        let list = arguments.join(", ");
        let given = if list.is_empty() { String::new() } else { format!(", {list}") };
        [format!("{name}({list})"), format!("apply({name}, [{list}])"), format!("spawn_task({name}{given})")]
            .map(|call| (*right, call))
    }));
}

#[test]
fn functions_written_in_ruff_are_refused() {
    let calls = WRITTEN_IN_RUFF.iter();
    check(calls.flat_map(|(right, calls)| calls.iter().map(|call| (*right, (*call).to_owned()))));
}

/// Output is no right, and how it looks is not the script's to know.
#[test]
fn colours_and_logs_need_none() {
    let engine = Engine::new(Options { denied: Capability::ALL.to_vec(), ..Mode::Plain.options() });
    let text = "log_info(\"m\", {a: 1})\nlog_error(\"m\")\nprint(style(\"plain\", \"red\"))";
    let observed = run(&engine, "rights.ruff", text).expect("it ends");
    assert_eq!((observed.stdout.as_str(), &observed.fault), ("plain\n", &None));
}

/// Rights that are asked for only if others are there, so that nothing is refused for the lack of these alone.
const TRIED: &[(&str, Capability)] = &[
    ("ssg_read_render_and_write_pages", Capability::Clock),
    ("ssg_read_render_and_write_pages", Capability::EnvRead),
];

#[test]
fn no_function_that_may_need_a_right_is_forgotten() {
    let reference = reference();
    let mut forgotten = Vec::new();
    for name in reference.chapters.iter().flat_map(|chapter| &chapter.entries).flat_map(|entry| &entry.names)
    {
        for (_, meaning) in reference.help(name).expect("it has an entry").signatures {
            let Some((_, needed)) = meaning.split_once("May need ") else { continue };
            let needed: Vec<&str> = needed.trim_end_matches('.').split(", ").collect();
            let rights = Capability::ALL.into_iter().filter(|right| needed.contains(&right.text()));
            forgotten
                .extend(rights.filter(|right| !is_called(name, *right)).map(|right| (*name, right.text())));
        }
    }
    assert!(forgotten.is_empty(), "{forgotten:?}");
}

fn is_called(name: &str, right: Capability) -> bool {
    let of_right = WRITTEN_IN_RUFF.iter().filter(|(needed, _)| *needed == right);
    let mut calls = of_right.flat_map(|(_, calls)| calls.iter());
    TRIED.contains(&(name, right)) || calls.any(|call| call.contains(&format!("{name}(")))
}

#[test]
fn each_right_is_needed_by_something() {
    let gated = gated();
    for right in Capability::ALL {
        let in_rust = gated.iter().any(|native| native.right == right);
        assert!(in_rust || WRITTEN_IN_RUFF.iter().any(|(needed, _)| *needed == right), "{}", right.text());
    }
}

#[test]
fn a_right_that_is_there_is_noticed() {
    let engine = Engine::new(Mode::Plain.options());
    assert!(refused(&engine, Capability::Clock, "len(\"x\")").is_err());
    assert!(refused(&engine, Capability::Clock, "random()").is_err());
    assert_eq!(arguments("f(a: string|bytes, b?: any, c: int = 3, ...d: any) -> null"), ["\"no/such/x\""]);
}
