//! `ruff site serve`: a served site follows its sources, keeps its last good pages when there are errors, and ends in order.

mod site_folder;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use site_folder::{Site, text};

/// A server of a site for one test.
struct Served {
    process: Child,
    address: String,
    /// Kept open: a closed stdout would end the program.
    _said: BufReader<ChildStdout>,
}

impl Served {
    fn start(site: &Site) -> Served {
        let mut process = Command::new(env!("CARGO_BIN_EXE_ruff"))
            .args(["site", "serve", &site.path(""), "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program was built");
        let mut said = BufReader::new(process.stdout.take().expect("it is piped"));
        let serving = said.by_ref().lines().map_while(Result::ok).find(|line| line.starts_with("Serving "));
        let serving = serving.expect("it says where it serves");
        let address = serving.split("//").nth(1).and_then(|rest| rest.split('/').next());
        Served { process, address: address.expect("an address").to_owned(), _said: said }
    }

    /// Head and body of an answer.
    fn get(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("it reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        let answer = text(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head.to_owned(), body.to_owned())
    }

    /// Asks until the answer is as expected.
    #[track_caller]
    fn becomes(&self, path: &str, expected: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let (_, body) = self.get(path);
            if expected(&body) {
                return body;
            }
            assert!(Instant::now() < end, "{path} stays\n{body}");
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_served_site_follows_its_sources() {
    const EVENTS: &str = "/.ruff-site/events";
    let site = Site::new("serve");
    let served = Served::start(&site);
    let (head, page) = served.get("/about/");
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-type: text/html"), "{head}");
    assert!(page.contains(EVENTS), "pages listen");
    assert!(!site.0.join("public").exists(), "what is published stays as it is");
    assert!(served.get("/about").0.contains("location: /about/"));
    assert!(served.get("/posts/a-bundle/picture.svg").0.contains("content-type: image/svg+xml"));
    assert!(served.get("/feed.xml").1.contains(&format!("http://{}/", served.address)));
    for path in ["/nowhere/", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/.hidden"] {
        let (head, body) = served.get(path);
        assert!(head.starts_with("HTTP/1.1 404") && body.contains("Not found"), "{path}: {head}");
    }
    site.file("content/about.md", "# About\n\nLive words.\n");
    served.becomes("/about/", |page| page.contains("Live words."));
    site.file("content/about.md", "# About\n\n{{< nope >}}\n");
    let told = served.becomes(EVENTS, |events| events.contains("nope"));
    assert!(told.contains("about.md:3: there is no shortcode"), "{told}");
    assert!(served.get("/about/").1.contains("Live words."), "the last good page stays");
    let config = std::fs::read_to_string(site.0.join("site.toml")).expect("it was written");
    site.file("site.toml", "title = \n");
    served.becomes(EVENTS, |events| events.contains("site.toml:1"));
    assert!(served.get("/").0.starts_with("HTTP/1.1 200"));
    site.file("site.toml", &config);
    site.file("content/about.md", "# About\n\nGood again.\n");
    served.becomes("/about/", |page| page.contains("Good again."));
    served.becomes(EVENTS, |events| events.contains("\"failures\":[]"));
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port().to_string();
    let site = Site::new("taken");
    let ran = site.run("serve", &["--port", &port]);
    assert_eq!(ran.status.code(), Some(2));
    let said = text(&ran.stderr);
    assert!(said.contains(&port) && said.contains("choose another port with --port"), "{said}");
}

#[test]
fn a_host_that_is_not_there_is_named() {
    let site = Site::new("nowhere");
    let ran = site.run("serve", &["--host", "nope.invalid", "--port", "0"]);
    assert_eq!(ran.status.code(), Some(2));
    let said = text(&ran.stderr);
    assert!(said.contains("nope.invalid") && said.contains("choose another address with --host"), "{said}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_server_in_order() {
    let site = Site::new("interrupt");
    let mut served = Served::start(&site);
    let folder = std::env::temp_dir().join(format!("ruff-site-{}", served.process.id()));
    assert!(folder.is_dir());
    let mut listening = TcpStream::connect(&served.address).expect("it listens");
    write!(listening, "GET /.ruff-site/events HTTP/1.1\r\nhost: x\r\n\r\n").expect("it reads");
    let interrupted = Command::new("kill").args(["-INT", &served.process.id().to_string()]).status();
    assert!(interrupted.is_ok_and(|status| status.success()));
    let begun = Instant::now();
    assert_eq!(served.process.wait().expect("it ends").code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(8), "streams hold nothing up");
    assert!(!folder.exists(), "nothing is left");
}
