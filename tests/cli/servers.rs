//! Servers and databases: the rights they need, where clients may go, and what signals do to servers.

use super::processes::signalled;
use super::{Folder, command, ruff};

const SERVER: &str = r#"
mut s := http_server(0)
s.route("GET", "/", async func(req) { shared_set("in", true); await async_sleep(500); return "done" })
s.start()
p := async_http_get(s.info().url)
while not shared_has("in") { sleep(5) }
print("ready")
flush()
s.wait()
print((await p).body)
"#;

#[cfg(unix)]
#[test]
fn a_signal_lets_running_requests_end() {
    for signal in ["-INT", "-TERM"] {
        let folder = Folder::new(&format!("server{signal}"));
        let file = folder.file("serve.ruff", SERVER);
        signalled(&file, &[], signal).prints("ready\ndone\n");
    }
}

#[test]
fn the_network_needs_rights() {
    let folder = Folder::new("net-rights");
    let client = folder.file("client.ruff", "http_get(\"http://127.0.0.1:9/\")\n");
    let denied = "Capability denied: network-client required for http_get; rerun with --allow-net-client";
    ruff(&["run", "--untrusted", &client]).fails(4, &[denied]);
    let server = folder.file("server.ruff", "s := http_server(0)\ns.start()\nprint(s.stop())\n");
    let denied = "Capability denied: network-server required for start; rerun with --allow-net-server";
    ruff(&["run", "--allow-net-client", &server]).fails(4, &[denied]);
    ruff(&["run", "--allow-net-server", &server]).prints("true\n");
    let socket = folder.file("socket.ruff", "tcp_listen(\"127.0.0.1\", 0)\n");
    ruff(&["run", "--untrusted", &socket]).fails(4, &["network-server required for tcp_listen"]);
    let database = folder.file("db.ruff", "print(db_query_value(db_connect(\":memory:\"), \"SELECT 1\"))\n");
    ruff(&["run", "--untrusted", &database]).fails(4, &["database required for db_connect"]);
    ruff(&["run", "--allow-database", &database]).prints("1\n");
}

#[test]
fn files_need_the_rights_to_files_whoever_opens_them() {
    let folder = Folder::new("file-rights");
    let place = folder.0.join("data.db").to_string_lossy().into_owned();
    let file = folder.file("file.ruff", "print(type(db_connect(args()[0])))\n");
    let opened = |rights: &[&str]| ruff(&[&["run", "--allow-database"], rights, &[&file, &place]].concat());
    opened(&[]).fails(4, &["filesystem-read required for db_connect"]);
    opened(&["--allow-fs-read"]).fails(4, &["filesystem-write required for db_connect"]);
    opened(&["--allow-fs-read", "--allow-fs-write"]).prints("database\n");
    let around = "db := db_connect(\":memory:\")\n\
        for sql in [\"ATTACH ? AS y\", \"VACUUM INTO ?\"] {\n\
        try { db_execute(db, sql, [args()[0]]) } except e { print(e.kind) }\n}\n";
    let around = folder.file("around.ruff", around);
    let copy = folder.0.join("copy.db");
    ruff(&["run", "--allow-database", &around, &copy.to_string_lossy()])
        .prints("DatabaseError\nDatabaseError\n");
    assert!(!copy.exists(), "a statement made a file");
    let served = folder.file("static.ruff", "mut s := http_server(0)\ns.static(\"/\", script_path())\n");
    let denied = "filesystem-read required for static";
    ruff(&["run", "--allow-net-server", &served]).fails(4, &[denied]);
    let sent = folder.file("sent.ruff", "file_response(script_path())\n");
    ruff(&["run", "--untrusted", &sent]).fails(4, &["filesystem-read required for file_response"]);
}

#[test]
fn restricted_programs_reach_no_private_addresses() {
    let folder = Folder::new("net-private");
    let text = r#"
mut s := http_server(0)
s.route("GET", "/", req => "reached")
s.start()
port := s.info().port
for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
    try { print(http_get("http://${host}:${port}/").body) } except e { print(e.kind, get(e.value, "code")) }
}
s.stop()
"#;
    let file = folder.file("get.ruff", text);
    let denied = "NetworkError denied\n".repeat(3);
    ruff(&["run", "--allow-net", &file]).prints(&denied);
    let policy = |policy: &str, words: &[&str]| {
        let output = command(words).env("RUFF_NET_DESTINATION_POLICY", policy).output();
        super::Ran::of(&output.expect("the program starts"))
    };
    policy("deny_private", &["run", &file]).prints(&denied);
    let ran = policy("allow_all", &["run", "--allow-net", &file]);
    assert!(ran.out.starts_with("reached\nreached\n"), "{}{}", ran.out, ran.err);
}

#[test]
fn access_is_logged() {
    let folder = Folder::new("access-log");
    let text =
        "mut s := http_server(0, access_log: true)\ns.start()\nhttp_get(s.info().url + \"/x\")\ns.stop()\n";
    let file = folder.file("serve.ruff", text);
    let ran = ruff(&["run", &file]);
    ran.prints("");
    assert!(ran.err.contains(" GET /x 404 "), "{}", ran.err);
}
