//! The HTTP server before clients of every kind: broken, silent, slow, many.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::{Folder, command};

/// Nothing here may take so long.
const LONG: Duration = Duration::from_secs(20);

/// A program that serves until it is dropped. Its script defines `s`.
struct Serving {
    child: Child,
    port: u16,
    errors: mpsc::Receiver<String>,
    _folder: Folder,
}

impl Serving {
    fn start(test: &str, script: &str, options: &[&str]) -> Serving {
        let folder = Folder::new(test);
        let text = format!("{script}\ns.start()\nprint(s.info().port)\nflush()\ns.wait()\n");
        let file = folder.file("serve.ruff", text);
        let child = command(&[&["run"], options, &[&file]].concat());
        Serving::of(child, folder)
    }

    fn of(mut command: Command, folder: Folder) -> Serving {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        out.read_line(&mut line).expect("it prints its port");
        let (send, errors) = mpsc::channel();
        let err = BufReader::new(child.stderr.take().expect("it is piped"));
        std::thread::spawn(move || err.lines().map_while(Result::ok).all(|line| send.send(line).is_ok()));
        let port = line.trim().parse().expect("it prints its port");
        Serving { child, port, errors, _folder: folder }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server accepts");
        stream.set_read_timeout(Some(LONG)).expect("it has a timeout");
        stream
    }

    /// All that the server says to these bytes, behind which the client says no more.
    fn say(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // The server may have refused it before all was sent.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut said = Vec::new();
        if let Err(error) = stream.read_to_end(&mut said) {
            assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "nothing was said to {bytes:?}");
        }
        String::from_utf8_lossy(&said).into_owned()
    }

    fn get(&self, path: &str) -> String {
        let mut stream = self.connect();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it is sent");
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("there is an answer");
        said
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const HELLO: &str = "mut s := http_server(0)\ns.route(\"*\", \"/*rest\", req => \"hello\")";

/// What is wrong in the head of an otherwise sound request.
const BAD_LINES: &[&str] = &[
    "",
    "G",
    "GET",
    "GET ",
    "GET /",
    "GET / ",
    "GET / HTTP",
    "GET / HTTP/",
    "GET / HTTP/1",
    "GET / HTTP/1.",
    "GET / HTTP/9.9",
    "GET / HTTP/2.0",
    "GET / HTTP/1.1.1",
    "GET / http/1.1",
    "GET / HTTP/1.1 x",
    "GET  / HTTP/1.1",
    "GET\t/\tHTTP/1.1",
    " GET / HTTP/1.1",
    "GET /\0 HTTP/1.1",
    "GET /\x7f HTTP/1.1",
    "G\0T / HTTP/1.1",
    "G@T / HTTP/1.1",
    "G(T / HTTP/1.1",
    "GET x HTTP/1.1",
    "GET x:80 HTTP/1.1",
    "GET http:// HTTP/1.1",
    "GET http://[ HTTP/1.1",
    "GET * HTTP/1.1",
    "GET ? HTTP/1.1",
    "GET /a b HTTP/1.1",
    "CONNECT x:80 HTTP/1.1",
    "CONNECT / HTTP/1.1",
    "GET /%ZZ HTTP/1.1",
    "GET /% HTTP/1.1",
    "GET /%F HTTP/1.1",
    "GET /%FF HTTP/1.1",
    "GET /?a=%G1 HTTP/1.1",
    "GET /?%FF=1 HTTP/1.1",
    "PRI * HTTP/2.0",
    "HTTP/1.1 200 OK",
    "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0",
    "GET /<\x01> HTTP/1.1",
    "{\"a\": 1}",
    "quit",
    "SSH-2.0-OpenSSH_9.0",
    "\u{feff}GET / HTTP/1.1",
    "GET /\r HTTP/1.1",
];

/// Further lines of a head that make it unusable.
const BAD_HEADERS: &[&str] = &[
    "no colon",
    ": no name",
    "a b: space",
    "a : space",
    "\0: x",
    "a\0: x",
    "a: \0",
    "a: \x01",
    "a: x\x7f",
    "a\x7f: x",
    "(a): x",
    "a@b: x",
    " folded: x",
    "\tfolded: x",
    "a: x\r\n folded",
    "a: x\rb: y",
    "host: y",
    "Host: x",
    "content-length: x",
    "content-length: -1",
    "content-length: +1",
    "content-length: 1.5",
    "content-length: 0x1",
    "content-length: 1 1",
    "content-length: 1, 2",
    "content-length: 99999999999999999999",
    "content-length: 1\r\ncontent-length: 2",
    "content-length:",
    "content-length: 99999999",
    "transfer-encoding: gzip",
    "transfer-encoding: chunked, gzip",
    "transfer-encoding: gzip, chunked",
    "transfer-encoding: chunked, chunked",
    "transfer-encoding: identity",
    "transfer-encoding: xchunked",
    "transfer-encoding:",
    "transfer-encoding: gzip\r\ntransfer-encoding: chunked",
    "content-length: 5\r\ntransfer-encoding: chunked",
    "transfer-encoding: chunked\r\ncontent-length: 5",
    "expect: something",
    "Transfer-Encoding : chunked",
];

/// Bodies in chunks that are none.
const BAD_CHUNKS: &[&str] = &[
    "x\r\n",
    "-1\r\n",
    "+1\r\na\r\n",
    "0x1\r\na\r\n",
    "\r\n",
    " \r\n",
    "ffffffffffffffff\r\n",
    "10000000000000000\r\n",
    "1\r\nab\r\n0\r\n\r\n",
    "1\nab",
    "5\r\nabc",
    "0\r\n",
    "0\r\nbad trailer\r\n\r\n",
    "1\r\na",
    "fffffff\r\n",
];

fn corpus() -> Vec<String> {
    let mut all: Vec<String> = BAD_LINES.iter().map(|line| format!("{line}\r\nhost: x\r\n\r\n")).collect();
    all.extend(
        BAD_HEADERS.iter().map(|header| format!("POST / HTTP/1.1\r\nhost: x\r\n{header}\r\n\r\n0\r\n\r\n")),
    );
    all.extend(
        BAD_CHUNKS
            .iter()
            .map(|body| format!("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{body}")),
    );
    let hosts = ["a b", "a@b", "a/b", "a:b:c", "[::1", "x?", "x#"];
    all.extend(hosts.map(|host| format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n")));
    all.push("GET / HTTP/1.1\r\n\r\n".to_owned());
    all.push(format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(70_000)));
    all.push(format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(200)));
    all.push(format!("GET / HTTP/1.1\r\nhost: x\r\na: {}\r\n\r\n", "b".repeat(20_000)));
    all.push("a".repeat(100_000));
    all
}

#[test]
fn malformed_requests_are_refused_and_nothing_breaks() {
    let server = Serving::start("malformed", HELLO, &[]);
    let corpus = corpus();
    assert!(corpus.len() >= 100, "{}", corpus.len());
    for request in &corpus {
        let said = server.say(request.as_bytes());
        let shown: String = request.chars().take(200).collect();
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{shown:?} was answered {said:?}");
    }
    assert!(server.get("/").ends_with("hello"));
    assert_eq!(server.errors.try_recv(), Err(mpsc::TryRecvError::Empty));
}

#[test]
fn a_request_behind_one_with_two_lengths_is_not_answered() {
    let server = Serving::start("smuggled", HELLO, &[]);
    let two =
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nX";
    let said = server
        .say(format!("GET / HTTP/1.1\r\nhost: x\r\n\r\n{two}GET / HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes());
    let statuses: Vec<&str> =
        said.matches("HTTP/1.1 ").zip(said.split("HTTP/1.1 ").skip(1)).map(|(_, rest)| &rest[..3]).collect();
    assert_eq!(statuses, ["200", "400"], "{said}");
}

#[test]
fn idle_connections_are_closed_without_a_word() {
    let script = HELLO.replace("http_server(0)", "http_server(0, read_timeout_ms: 300)");
    let server = Serving::start("idle", &script, &[]);
    let mut silent = server.connect();
    let mut said = String::new();
    silent.read_to_string(&mut said).expect("it is closed");
    assert_eq!(said, "");
    let mut kept = server.connect();
    kept.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").expect("it is sent");
    kept.read_to_string(&mut said).expect("it is closed");
    assert!(said.starts_with("HTTP/1.1 200 OK") && said.ends_with("hello"), "{said}");
    let mut begun = server.connect();
    begun.write_all(b"GET / HT").expect("it is sent");
    let mut said = String::new();
    begun.read_to_string(&mut said).expect("it is closed");
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
}

#[test]
fn a_client_that_does_not_read_is_given_up() {
    let script = "mut s := http_server(0, read_timeout_ms: 300, max_connections: 1)\n\
        s.route(\"GET\", \"/\", req => repeat(\"x\", 30000000))";
    let server = Serving::start("unread", script, &[]);
    let mut deaf = server.connect();
    deaf.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").expect("it is sent");
    assert!(server.get("/").ends_with("xxx"));
    drop(deaf);
}

#[test]
fn an_endless_recursion_is_not_written_out() {
    let script = "mut s := http_server(0)\nfunc deep(n) { return 1 + deep(n + 1) }\ns.route(\"GET\", \"/\", req => deep(0))";
    let server = Serving::start("deep", script, &[]);
    assert!(server.get("/").starts_with("HTTP/1.1 500 "));
    std::thread::sleep(Duration::from_millis(300));
    let lines: Vec<String> = server.errors.try_iter().collect();
    assert!((20..40).contains(&lines.len()), "{} lines", lines.len());
    assert!(lines[0].starts_with("Error in GET /: "), "{}", lines[0]);
    assert!(lines.iter().any(|line| line.contains(" more calls")), "{lines:#?}");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_served() {
    let folder = Folder::new("pipe-folder");
    let made = Command::new("mkfifo").arg(folder.0.join("pipe")).status();
    assert!(made.expect("mkfifo runs").success());
    folder.file("page.html", "page");
    let root = folder.0.to_string_lossy();
    let script = format!(
        "mut s := http_server(0)\ns.static(\"/files\", {root:?})\n\
        s.route(\"GET\", \"/pipe\", req => file_response({root:?} + \"/pipe\"))"
    );
    let server = Serving::start("pipe", &script, &[]);
    assert!(server.get("/files/pipe").starts_with("HTTP/1.1 404 "));
    assert!(server.get("/pipe").starts_with("HTTP/1.1 500 "));
    assert!(server.get("/files/page.html").ends_with("page"));
}

#[test]
fn slow_clients_delay_nobody() {
    let script = HELLO.replace("http_server(0)", "http_server(0, max_connections: 2000)");
    let server = Serving::start("slow", &script, &["--workers", "1"]);
    let mut slow: Vec<TcpStream> = (0..1000).map(|_| server.connect()).collect();
    let request = "GET / HTTP/1.1\r\nhost: x\r\na: b";
    let (mut worst, began) = (Duration::ZERO, Instant::now());
    for byte in request.bytes() {
        for stream in &mut slow {
            stream.write_all(&[byte]).expect("it is sent");
        }
        let before = Instant::now();
        assert!(server.get("/").ends_with("hello"));
        worst = worst.max(before.elapsed());
    }
    assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
    assert!(worst < Duration::from_secs(1), "a fast client waited {worst:?}");
    for stream in &mut slow {
        stream.write_all(b"\r\nconnection: close\r\n\r\n").expect("it is sent");
    }
    for stream in &mut slow {
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("there is an answer");
        assert!(said.ends_with("hello"), "{said}");
    }
}

#[test]
fn handlers_that_loop_for_ever_stop_nobody() {
    let script = "mut s := http_server(0, handler_timeout_ms: 1500)\n\
        s.route(\"GET\", \"/for_ever\", func(req) { loop { } })\ns.route(\"GET\", \"/\", req => \"hello\")";
    let server = Serving::start("loops", script, &["--workers", "1"]);
    let mut stuck: Vec<TcpStream> = (0..4).map(|_| server.connect()).collect();
    for stream in &mut stuck {
        let request = b"GET /for_ever HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        stream.write_all(request).expect("it is sent");
    }
    let before = Instant::now();
    for _ in 0..50 {
        assert!(server.get("/").ends_with("hello"));
    }
    assert!(before.elapsed() < LONG, "{:?}", before.elapsed());
    for stream in &mut stuck {
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("there is an answer");
        assert!(said.starts_with("HTTP/1.1 503 "), "{said}");
    }
}

/// A file of the folder of certificates.
fn pem(name: &str) -> String {
    format!("{}/tests/cli/tls/{name}.pem", env!("CARGO_MANIFEST_DIR"))
}

fn encrypted() -> String {
    let keys = format!("read_timeout_ms: 500, tls: {{cert: {:?}, key: {:?}}}", pem("cert"), pem("key"));
    HELLO.replace("http_server(0)", &format!("http_server(0, {keys})"))
}

#[test]
fn a_server_with_keys_speaks_tls_only() {
    let server = Serving::start("tls", &encrypted(), &[]);
    let folder = Folder::new("tls-client");
    let text = "try { print(http_get(args()[0]).body) } except e { print(e.kind, e.value.code) }\n";
    let file = folder.file("get.ruff", text);
    let url = format!("https://localhost:{}/", server.port);
    let get = |trusted: &str| {
        let output = command(&["run", &file, &url]).env("SSL_CERT_FILE", trusted).output();
        super::Ran::of(&output.expect("the program starts"))
    };
    get(&pem("cert")).prints("hello\n");
    get(&pem("stranger")).prints("NetworkError tls\n");
    let said = server.say(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(!said.contains("HTTP"), "{said}");
    let mut silent = server.connect();
    let mut said = String::new();
    silent.read_to_string(&mut said).expect("it is closed");
    assert_eq!(said, "");
}

#[test]
fn unusable_keys_are_named() {
    let start = |cert: &str, key: &str| {
        let folder = Folder::new("tls-keys");
        let text = format!("http_server(0, tls: {{cert: {cert:?}, key: {key:?}}}).start()\n");
        super::ruff(&["run", &folder.file("serve.ruff", text)])
    };
    start("/nowhere.pem", &pem("key")).fails(4, &["IOError: Cannot read file '/nowhere.pem'"]);
    start(&pem("key"), &pem("key")).fails(4, &["ValueError: tls: ", "key.pem' is no usable PEM file"]);
    start(&pem("cert"), &pem("cert")).fails(4, &["ValueError: tls: ", "cert.pem' is no usable PEM file"]);
    start(&pem("cert"), &pem("other")).fails(4, &["ValueError: tls: cannot use '", "other.pem'"]);
    let folder = Folder::new("tls-rights");
    let file = folder.file("serve.ruff", encrypted());
    super::ruff(&["run", "--allow-net", &file]).fails(4, &["filesystem-read required for http_server"]);
}
