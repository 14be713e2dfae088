//! `ruff run --inspect SOCKET` and who asks there: `ruff ps`, `ruff inspect`, `ruff top`, and anybody who speaks the protocol.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::{Folder, Ran, command, ruff};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that runs and can be asked. Killed with its test, unless it has ended.
struct Watched {
    folder: Folder,
    child: Option<Child>,
}

impl Watched {
    fn start(test: &str, text: &str, options: &[&str]) -> Watched {
        let folder = Folder::new(test);
        let script = folder.file("script.ruff", text);
        let socket = folder.0.join("socket").to_string_lossy().into_owned();
        let words = [&["run", "--inspect", &socket], options, &[&script]].concat();
        let child =
            command(&words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let watched = Watched { folder, child: Some(child.expect("the program starts")) };
        let deadline = Instant::now() + PATIENCE;
        while UnixStream::connect(watched.socket()).is_err() {
            assert!(Instant::now() < deadline, "no socket");
            std::thread::sleep(Duration::from_millis(5));
        }
        watched
    }

    fn socket(&self) -> PathBuf {
        self.folder.0.join("socket")
    }

    /// Runs `ruff COMMAND SOCKET WORDS`.
    fn ask(&self, name: &str, words: &[&str]) -> Ran {
        let socket = self.socket().to_string_lossy().into_owned();
        ruff(&[&[name, &socket], words].concat())
    }

    /// Lists contexts until they look as expected.
    fn until(&self, expected: impl Fn(&[Json]) -> bool) -> Vec<Json> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ran = self.ask("ps", &["--json"]);
            let list: Vec<Json> =
                ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
            if ran.code == Some(0) && expected(&list) {
                return list;
            }
            assert!(Instant::now() < deadline, "still:\n{}{}", ran.out, ran.err);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Lists contexts until `count` of them wait.
    fn until_waiting(&self, count: usize) -> Vec<Json> {
        self.until(|list| list.iter().filter(|context| context["state"] == "waiting").count() == count)
    }

    /// Closes the script's stdin and waits for its end.
    fn end(mut self) -> (Ran, Folder) {
        let mut child = self.child.take().expect("it ends once");
        drop(child.stdin.take());
        let output: Output = child.wait_with_output().expect("it ends");
        let folder = Folder(std::mem::take(&mut self.folder.0));
        (Ran::of(&output), folder)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Talks to a socket as any program could.
struct Caller(BufReader<UnixStream>);

impl Caller {
    fn new(socket: &Path) -> Caller {
        let stream = UnixStream::connect(socket).expect("somebody answers there");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        Caller(BufReader::new(stream))
    }

    fn send(&mut self, line: &str) -> Option<Json> {
        self.0.get_mut().write_all(line.as_bytes()).ok()?;
        self.next()
    }

    fn next(&mut self) -> Option<Json> {
        let mut answer = String::new();
        self.0.read_line(&mut answer).ok()?;
        serde_json::from_str(&answer).ok()
    }

    fn ask(&mut self, mut question: Json) -> Option<Json> {
        question["version"] = json!(1);
        self.send(&format!("{question}\n"))
    }
}

const WAITING: &str = "limit := 10\n\
    struct Point { x, y }\n\
    func deep(n, ch) {\n    if n == 0 { return ch.receive() }\n    here := \"level ${n}\"\n    r := deep(n - 1, ch)\n    return here + r\n}\n\
    async func worker(n, ch) {\n    p := Point { x: n, y: limit }\n    seen := 0\n    count := func() { seen += 1 }\n    count()\n    r := deep(2, ch)\n    count()\n    return \"${r} ${p} ${seen}\"\n}\n\
    async func sleeper(ms) {\n    items := range(0, 1000)\n    gone := 1\n    print(gone)\n    sleep(ms)\n    return len(items)\n}\n\
    ch := channel()\n\
    w := worker(7, ch)\n\
    s := sleeper(600000)\n\
    input(\"\")\n\
    cancel(w)\ncancel(s)\nprint(\"end\")\n";

fn named<'j>(list: &'j [Json], function: &str) -> &'j Json {
    let found = list.iter().find(|context| context["function"] == function);
    found.unwrap_or_else(|| panic!("no {function} in {list:?}"))
}

/// The variables of a call, as `name = value`.
fn variables(call: &Json) -> Vec<String> {
    let list = call["variables"].as_array().expect("a call has variables");
    let text = |variable: &Json| {
        format!(
            "{} = {}",
            variable["name"].as_str().unwrap_or("?"),
            variable["value"].as_str().unwrap_or("?")
        )
    };
    list.iter().map(text).collect()
}

#[test]
fn contexts_are_listed_and_looked_into_while_the_program_runs() {
    for park in ["packed", "portable"] {
        let watched =
            Watched::start(&format!("inspect-{park}"), WAITING, &["--workers", "2", "--park", park]);
        let mode = std::fs::metadata(watched.socket()).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let list = watched.until_waiting(3);
        assert_eq!(list[0]["waits_for"], "an operation");
        assert_eq!(named(&list, "worker")["waits_for"], "a value from a channel");
        assert_eq!(named(&list, "worker")["at"]["line"], 4);
        assert_eq!(named(&list, "sleeper")["waits_for"], "a timer");
        assert_eq!(named(&list, "sleeper")["created"]["line"], 27);
        assert!(list.iter().all(|context| context["since_ms"].as_f64().is_some_and(|ms| ms >= 0.0)));

        let id = named(&list, "worker")["id"].to_string();
        let ran = watched.ask("inspect", &[&id, "--json"]);
        let context: Json = serde_json::from_str(&ran.out).expect("JSON");
        let calls = context["calls"].as_array().expect("it has calls");
        let functions: Vec<&str> = calls.iter().filter_map(|call| call["function"].as_str()).collect();
        assert_eq!(functions, ["deep", "deep", "deep", "worker"]);
        assert_eq!(variables(&calls[1]), ["here = \"level 1\""]);
        assert_eq!(variables(&calls[2]), ["here = \"level 2\""]);
        assert_eq!(
            variables(&calls[3]),
            ["p = Point { x: 7, y: 10 }", "seen = 1", "count = <function <lambda>>"]
        );
        assert_eq!(context["module"][0], json!({ "name": "limit", "value": "10" }));

        let id = named(&list, "sleeper")["id"].to_string();
        let ran = watched.ask("inspect", &[&id]);
        assert!(ran.out.contains("at sleeper (") && ran.out.contains("waits for a timer"), "{}", ran.out);
        assert!(
            ran.out.contains("      items = [0, 1, 2, ") && ran.out.contains("… (1000 items)\n"),
            "{}",
            ran.out
        );
        assert!(!ran.out.contains("gone"), "what is not read any more is not kept: {}", ran.out);

        let ran = watched.ask("ps", &[]);
        assert!(ran.out.starts_with("     ID  STATE"), "{}", ran.out);
        assert!(ran.out.contains("waiting") && ran.out.contains("script.ruff:22:5"), "{}", ran.out);
        let socket = watched.socket();
        let (ran, _folder) = watched.end();
        assert_eq!((ran.code, ran.out.as_str()), (Some(0), "1\nend\n"), "{}", ran.err);
        assert!(!socket.exists(), "the socket is left");
    }
}

/// Five contexts that nothing can wake. Others may be sent something, or an error may wake them: by a child, a timeout or a
/// cancellation.
const LEAKING: &str = "async func producer(ch) { for i in 10 { ch.send(i) } }\n\
    async func reader(ch) { for x in ch { print(x) } }\n\
    async func outer(p) { return await p }\n\
    async func pair(mine, other) { v := mine.receive(); other.send(v) }\n\
    async func scoping() { async_scope { spawn { sleep(600000) }; channel().receive() } }\n\
    async func asker(box) { input(\"\"); box[0].items[0].close(); box[1].receive().close(); box[2].close() }\n\
    func leave() {\n\
    ch := channel(1)\n    producer(ch)\n    ch.receive()\n\
    outer(reader(channel()))\n\
    x := channel()\n    y := channel()\n    for two in [[x, y], [y, x]] { pair(two[0], two[1]) }\n}\n\
    func hold() {\n\
    within := channel()\n    queued := channel()\n    queue := channel(1)\n    queue.send(queued)\n    chosen := channel()\n\
    reader(within)\n    reader(queued)\n    outer(reader(chosen))\n\
    return asker([{items: [within]}, queue, chosen])\n}\n\
    leave()\nlet held = reader(channel())\nscoping()\nasync_timeout(reader(channel()), 600000)\n\
    await hold()\ncancel(held)\nsleep(20)\nexit(0)\n";

#[test]
fn leaks_are_told_apart_from_contexts_that_may_go_on() {
    for (test, options) in [
        ("leaks", &["--workers", "2"][..]),
        ("leaks-one", &["--workers", "1"]),
        ("leaks-portable", &["--park=portable"]),
    ] {
        let watched = Watched::start(test, LEAKING, options);
        watched.until_waiting(15);
        let ran = watched.ask("ps", &["--leaks", "--json"]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        let leaks: Json = serde_json::from_str(&ran.out).expect("JSON");
        let groups = leaks["groups"].as_array().expect("there are groups");
        let told =
            |group: &Json| format!("{} {} {}", group["count"], group["at"]["function"], group["waits_for"]);
        assert_eq!(
            groups.iter().map(told).collect::<Vec<_>>(),
            [
                "2 \"pair\" \"a value from a channel\"",
                "1 \"producer\" \"room in a channel, which holds 1\"",
                "1 \"reader\" \"a value from a channel\"",
                "1 \"outer\" \"the promise of reader\"",
            ],
            "{test}"
        );
        let ran = watched.ask("ps", &["--leaks"]);
        let heading = "5 wait in vain, of 11 contexts that wait for another or at a channel\n";
        for part in [heading, "     2 at pair (", "script.ruff:4:", "created at leave ("] {
            assert!(ran.out.contains(part), "{part} is missing: {}", ran.out);
        }
        let (ran, _folder) = watched.end();
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{test}");
    }
    let watched = Watched::start(
        "leaks-none",
        "c := channel()\nasync func r(c) { return c.receive() }\np := r(c)\ninput(\"\")\nc.send(1)\nawait p\n",
        &[],
    );
    watched.until_waiting(2);
    let ran = watched.ask("ps", &["--leaks"]);
    ran.prints("no leak found among 1 context that waits for another or at a channel\n");
    let (ran, _folder) = watched.end();
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}

#[test]
fn running_and_blocked_contexts_show_what_is_published() {
    let text = "async func spin() { n := 0; loop { n += 1 } }\nspin()\nasync func wait(ch) { return ch.receive() }\n\
        ch := channel()\np := wait(ch)\ninput(\"\")\nexit(3)\n";
    let watched = Watched::start("inspect-running", text, &["--workers", "2", "--no-cooperative"]);
    let is_spinning = |context: &Json| context["state"] == "running" && context["function"] == "spin";
    let waits = |list: &[Json]| list.iter().filter(|context| context["state"] == "waiting").count() == 2;
    let list = watched.until(|list| waits(list) && list.iter().any(is_spinning));
    let spin = named(&list, "spin");
    assert!(spin["worker"].is_u64());
    watched
        .ask("inspect", &[&spin["id"].to_string()])
        .prints(&format!("context {}  running\n  it runs: only what waits can be looked into\n", spin["id"]));
    let ran = watched.ask("inspect", &[&named(&list, "wait")["id"].to_string()]);
    for part in ["waits for a value from a channel", "blocked thread", "at wait (", "script.ruff:3:"] {
        assert!(ran.out.contains(part), "{part} is missing in {}", ran.out);
    }
    assert_eq!(watched.end().0.code, Some(3));
}

#[test]
fn whoever_asks_wrongly_is_told() {
    let watched = Watched::start("inspect-protocol", WAITING, &[]);
    watched.until_waiting(3);
    watched.ask("inspect", &["99"]).fails(5, &["there is no context 99"]);
    let mut caller = Caller::new(&watched.socket());
    for (line, part) in [
        ("nonsense\n", "no JSON"),
        ("{\"version\":9,\"ask\":\"summary\"}\n", "version 9"),
        ("{\"version\":1,\"ask\":\"kill\"}\n", "one of"),
        ("\n", "no JSON"),
    ] {
        let answer = caller.send(line).expect("an answer");
        assert_eq!(answer["version"], 1);
        assert!(answer["error"].as_str().is_some_and(|error| error.contains(part)), "{line}: {answer}");
    }
    // One connection answers on, page by page.
    let first = caller.ask(json!({ "ask": "contexts", "limit": 2 })).expect("an answer");
    assert_eq!((first["contexts"].as_array().map(Vec::len), &first["more"]), (Some(2), &json!(true)));
    let rest =
        caller.ask(json!({ "ask": "contexts", "after": first["contexts"][1]["id"] })).expect("an answer");
    assert_eq!((rest["contexts"].as_array().map(Vec::len), &rest["more"]), (Some(1), &json!(false)));
    let summary = &caller.ask(json!({ "ask": "summary" })).expect("an answer")["summary"];
    assert_eq!(summary["contexts"], json!({ "alive": 3, "created": 3, "waiting": 3, "most_waiting": 3 }));
    // Too long: told and hung up on.
    let answer = caller.send(&"x".repeat(5000)).expect("an answer");
    assert!(answer["error"].as_str().is_some_and(|error| error.contains("4096")), "{answer}");
    assert!(caller.next().is_none(), "the connection is still open");
    // More at once than there are places.
    let mut callers: Vec<Caller> = (0..16).map(|_| Caller::new(&watched.socket())).collect();
    for caller in &mut callers {
        assert!(caller.ask(json!({ "ask": "summary" })).is_some_and(|answer| answer["summary"].is_object()));
    }
    let refused = Caller::new(&watched.socket()).next().expect("a word");
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("too many")), "{refused}");
    drop(callers);
    assert_eq!(watched.end().0.code, Some(0));
}

#[test]
fn sockets_replace_nothing_but_abandoned_sockets() {
    let folder = Folder::new("inspect-path");
    let script = folder.file("script.ruff", "print(1)\n");
    let taken = folder.file("taken", "text");
    ruff(&["run", "--inspect", &taken, &script]).fails(5, &["Cannot open the socket", "no socket is there"]);
    assert_eq!(std::fs::read_to_string(&taken).expect("it is there"), "text");
    ruff(&["run", "--inspect", "no/such/folder/s", &script]).fails(5, &["Cannot open the socket"]);
    ruff(&["run", "--inspect", "s", "--schedule", "seed:1", &script]).fails(2, &["--schedule"]);
    ruff(&["ps", &taken]).fails(5, &["cannot ask at", "it is no socket"]);
    ruff(&["inspect", &taken, "abc"]).fails(2, &["an id is a whole number"]);
    let long = "s".repeat(120);
    ruff(&["run", "--inspect", &long, &script]).fails(5, &["at most", "bytes, this one has 120"]);
    ruff(&["ps", &long]).fails(5, &["the path of a socket has at most"]);

    let mut killed = Watched::start("inspect-killed", WAITING, &[]);
    killed.until_waiting(3);
    let socket = killed.socket().to_string_lossy().into_owned();
    ruff(&["run", "--inspect", &socket, &script]).fails(5, &["in use"]);
    assert!(killed.socket().exists(), "the socket of another program was removed");
    let mut child = killed.child.take().expect("it runs");
    child.kill().and_then(|()| child.wait().map(drop)).expect("it can be killed");
    ruff(&["ps", &socket]).fails(5, &["the program that made it is gone"]);
    ruff(&["run", "--inspect", &socket, &script]).prints("1\n");
    assert!(!killed.socket().exists(), "the socket is left");
}

#[test]
fn a_thousand_looks_a_second_disturb_nothing() {
    // Contexts that live on each other's channels, are cancelled and time out; whoever looks holds these channels too.
    let text = "async func echo(from, to) { for v in from { to.send(v + 1) }\n    to.close() }\n\
        async func chain(n) {\n    first := channel(1)\n    last := first\n\
        \x20   for i in range(5) { next := channel(1); echo(last, next); last = next }\n\
        \x20   sum := 0\n    for i in range(20) { first.send(i + n); sum += last.receive() }\n    first.close()\n    return sum\n}\n\
        async func doomed(ch) { return ch.receive() }\n\
        total := 0\n\
        for round in range(60) {\n\
        \x20   late := doomed(channel())\n    soon := async_timeout(doomed(channel()), 1)\n\
        \x20   for v in await promise_all([chain(1), chain(2), chain(3), chain(4)]) { total += v }\n\
        \x20   cancel(late)\n    await promise_settled([late, soon])\n}\n\
        print(total)\ninput(\"\")\n";
    let watched = Watched::start("inspect-chaos", text, &["--workers", "4"]);
    let mut caller = Caller::new(&watched.socket());
    let (mut looks, mut failed, mut seen) = (0u64, 0u64, 0u64);
    let mut due = Instant::now();
    loop {
        let question = match looks % 3 {
            0 => json!({ "ask": "contexts" }),
            1 => json!({ "ask": "summary" }),
            _ => json!({ "ask": "context", "id": seen }),
        };
        let answer = caller.ask(question).expect("an answer");
        looks += 1;
        failed += u64::from(answer["error"].is_string());
        let contexts = answer["contexts"].as_array().map(Vec::as_slice).unwrap_or_default();
        if let Some(context) = contexts.last() {
            seen = context["id"].as_u64().expect("a context has an id");
        }
        let waits_for_input = |context: &Json| context["waits_for"] == "an operation";
        if contexts.iter().any(waits_for_input) && contexts.len() == 1 {
            break;
        }
        due += Duration::from_millis(1);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    // 60 rounds of 4 chains, each 20 times i + n + 5.
    let total = 60 * (1..=4).map(|n| (0..20).map(|i| i + n + 5).sum::<i64>()).sum::<i64>();
    let (ran, _folder) = watched.end();
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), format!("{total}\n").as_str()), "{}", ran.err);
    assert!(looks > 20 && failed < looks / 2, "{failed} of {looks} looks failed");
}

#[test]
fn top_watches_a_script_and_ends_as_it_does() {
    let folder = Folder::new("inspect-top");
    let script = folder.file(
        "script.ruff",
        "async func wait(ms) { sleep(ms) }\nprint(args())\nawait promise_all([wait(400), wait(400)])\nexit(3)\n",
    );
    let ran = ruff(&["top", "--interval", "50", &script, "a", "b"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(3), "[a, b]\n"), "{}", ran.err);
    for part in ["3 contexts, 3 wait", "      2  waiting  wait (", "a timer"] {
        assert!(ran.err.contains(part), "{part} is missing in:\n{}", ran.err);
    }
    let broken = folder.file("broken.ruff", "print(1 / 0)\n");
    ruff(&["top", &broken]).fails(4, &["Division by zero"]);
    ruff(&["top", "no/such/file"]).fails(5, &["Cannot read file"]);
}

#[test]
fn top_ends_with_ctrl_c_and_with_the_program_at_its_socket() {
    let folder = Folder::new("inspect-top-keys");
    let script = folder.file("script.ruff", "print(\"begin\")\nflush()\nsleep(600000)\n");
    let mut top =
        command(&["top", &script]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut begin = [0; 6];
    top.stdout.as_mut().expect("it is piped").read_exact(&mut begin).expect("it prints");
    let sent = Command::new("kill").args(["-INT", &top.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let output = top.wait_with_output().expect("it ends");
    Ran::of(&output).fails(130, &["interrupted"]);

    let watched = Watched::start("inspect-top-socket", WAITING, &[]);
    watched.until_waiting(3);
    let socket = watched.socket().to_string_lossy().into_owned();
    let top =
        command(&["top", "--interval", "20", &socket]).stdout(Stdio::piped()).spawn().expect("it starts");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(watched.end().0.code, Some(0));
    let ran = Ran::of(&top.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.contains("3 contexts, 3 wait") && ran.out.contains("sleeper ("), "{}", ran.out);
}
