//! What a server's handlers are given, and which of them a request is for.

use super::cookie;
use super::pattern::{Match, split};
use super::plan::{Mount, Plan};
use super::response::Response;
use crate::stdlib::encoding::url_decoded;
use crate::stdlib::url::query_entries;
use crate::value::{Dict, Fault, Value};
use crate::vm::{FileReply, ReplyBody};

/// Who answers a request.
pub(super) enum Target {
    /// The handler of this route.
    Route(usize),
    /// Nobody: this is the answer.
    Answer(Response),
}

/// The request as handlers see it, and who answers it. `sent` is what the runtime read.
pub(super) fn dispatch(plan: &Plan, sent: &Dict) -> (Value, Target) {
    let text = |key: &str| match sent.get_text(key) {
        Some(Value::Text(text)) => text.as_str().to_owned(),
        _ => String::new(),
    };
    let (method, raw_path, query_string) = (text("method"), text("path"), text("query"));
    let segments: Result<Vec<String>, Fault> =
        split(raw_path.trim_start_matches('/')).map(|segment| url_decoded(segment, false)).collect();
    let (path, query) = (url_decoded(&raw_path, false), query_entries(&query_string));
    let (target, params) = match (&segments, &path, &query) {
        (Ok(segments), Ok(_), Ok(_)) => route(plan, &method, segments),
        _ => (Target::Answer(Response::plain(400, "Bad Request")), Vec::new()),
    };
    let mut dict = Dict::with_capacity(13);
    let query = Value::dict(query.unwrap_or_default());
    dict.insert_text("method", Value::text(method));
    dict.insert_text("path", Value::text(path.unwrap_or_else(|_| raw_path.clone())));
    dict.insert_text("raw_path", Value::text(raw_path));
    dict.insert_text("params", Value::dict(texts(params)));
    dict.insert_text("query", query.clone());
    dict.insert_text("query_decoded", query);
    dict.insert_text("query_string", Value::text(query_string));
    let headers = sent.get_text("headers").cloned().unwrap_or_default();
    dict.insert_text("headers", headers.clone());
    dict.insert_text("cookies", Value::dict(texts(cookie::read(&headers))));
    let body = sent.get_text("body").cloned().unwrap_or_default();
    if let Value::Bytes(bytes) = &body {
        dict.insert_text("body", Value::text(String::from_utf8_lossy(bytes).into_owned()));
    }
    dict.insert_text("body_bytes", body);
    dict.insert_text("remote", Value::text(text("remote")));
    (Value::dict(dict), target)
}

fn texts(pairs: Vec<(String, String)>) -> Dict {
    let mut dict = Dict::with_capacity(pairs.len());
    pairs.into_iter().for_each(|(name, value)| dict.insert_text(&name, Value::text(value)));
    dict
}

/// The route, file or refusal for a path; parameters of the route.
fn route(plan: &Plan, method: &str, path: &[String]) -> (Target, Vec<(String, String)>) {
    let matches: Vec<(usize, Match)> = plan
        .routes
        .iter()
        .enumerate()
        .filter_map(|(at, route)| Some((at, route.pattern.matches(path)?)))
        .collect();
    for wanted in [method, if method == "HEAD" { "GET" } else { method }] {
        let serves = |at: usize| plan.routes[at].method == wanted || plan.routes[at].method == "*";
        let suitable = matches.iter().filter(|(at, _)| serves(*at));
        // Of two that say as much the one that names the method counts, then the later one.
        let best = suitable.max_by_key(|(at, found)| (&found.rank, plan.routes[*at].method != "*", *at));
        if let Some((at, found)) = best {
            return (Target::Route(*at), found.params.clone());
        }
    }
    if let Some(mount) = mounted(plan, path) {
        return (Target::Answer(from_mount(mount, method, path)), Vec::new());
    }
    if matches.is_empty() {
        return (Target::Answer(Response::plain(404, "Not Found")), Vec::new());
    }
    let methods = matches.iter().map(|(at, _)| plan.routes[*at].method.as_str());
    (Target::Answer(not_allowed(methods.collect())), Vec::new())
}

/// The mount with the longest prefix of a path.
fn mounted<'a>(plan: &'a Plan, path: &[String]) -> Option<&'a Mount> {
    let suitable = plan.mounts.iter().filter(|mount| path.starts_with(&mount.prefix));
    suitable.max_by_key(|mount| mount.prefix.len()).map(|mount| &**mount)
}

fn from_mount(mount: &Mount, method: &str, path: &[String]) -> Response {
    if !matches!(method, "GET" | "HEAD") {
        return not_allowed(vec!["GET"]);
    }
    Response::of(
        200,
        Vec::new(),
        ReplyBody::File(FileReply {
            root: Some(mount.folder.clone()),
            path: path[mount.prefix.len()..].join("/"),
            index: mount.index.clone(),
            listing: mount.listing,
            max_age: mount.max_age,
        }),
    )
}

fn not_allowed(mut methods: Vec<&str>) -> Response {
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.dedup();
    let mut response = Response::plain(405, "Method Not Allowed");
    response.reply.headers.push(("allow".to_owned(), methods.join(", ")));
    response
}
