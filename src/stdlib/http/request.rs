//! What a server's handlers are given, and which of them a request is for.

use super::cookie;
use super::pattern::{Match, split};
use super::plan::{Mount, Plan};
use super::response::Response;
use crate::stdlib::encoding::url_decoded;
use crate::stdlib::url::query_entries;
use crate::value::{Dict, Fault, Key, Value};
use crate::vm::{FileReply, ReplyBody};

/// Who answers a request.
pub(super) enum Target {
    /// The handler of this route.
    Route(usize),
    /// Nobody: this is the answer.
    Answer(Response),
}

/// The request as handlers see it, and who answers it. `sent` is what the runtime read.
pub(super) fn dispatch(plan: &Plan, sent: &[Value]) -> (Value, Target) {
    let part = |at: usize| sent.get(at).cloned().unwrap_or_default();
    let (method, raw_path, query_string) = (part(1), part(2), part(3));
    let segments: Result<Vec<String>, Fault> =
        split(text(&raw_path).trim_start_matches('/')).map(|segment| url_decoded(segment, false)).collect();
    let (path, query) = (decoded(&raw_path), query_entries(text(&query_string)));
    let (target, params) = match (&segments, &path, &query) {
        (Ok(segments), Ok(_), Ok(_)) => route(plan, text(&method), segments),
        _ => (Target::Answer(Response::plain(400, "Bad Request")), Vec::new()),
    };
    // Most requests have none of what these hold, and then one does for all.
    let empty = Value::dict(Dict::new());
    let full = |dict: Dict| if dict.is_empty() { empty.clone() } else { Value::dict(dict) };
    let query = full(query.unwrap_or_default());
    let (headers, body_bytes) = (part(4), part(5));
    let cookies = full(texts(cookie::read(&headers)));
    let body = match &body_bytes {
        Value::Bytes(bytes) => Value::text(String::from_utf8_lossy(bytes).into_owned()),
        _ => Value::default(),
    };
    let path = path.unwrap_or_else(|_| raw_path.clone());
    let request = request([
        method,
        path,
        raw_path,
        full(texts(params)),
        query.clone(),
        query,
        query_string,
        headers,
        cookies,
        body,
        body_bytes,
        part(6),
    ]);
    (request, target)
}

/// What a request has, in this order.
const NAMES: [&str; 12] = [
    "method",
    "path",
    "raw_path",
    "params",
    "query",
    "query_decoded",
    "query_string",
    "headers",
    "cookies",
    "body",
    "body_bytes",
    "remote",
];

thread_local! {
    /// A request with nothing in it: to copy it is cheaper than to find the place of each name anew.
    static BLANK: Dict = NAMES.iter().map(|name| (Key::Text((*name).into()), Value::Null)).collect();
}

fn request(values: [Value; NAMES.len()]) -> Value {
    let mut dict = BLANK.with(Dict::clone);
    for ((_, place), value) in dict.iter_mut().zip(values) {
        *place = value;
    }
    Value::dict(dict)
}

fn text(value: &Value) -> &str {
    match value {
        Value::Text(text) => text.as_str(),
        _ => "",
    }
}

/// A path as it is meant; most are written as they are meant.
fn decoded(path: &Value) -> Result<Value, Fault> {
    match text(path) {
        written if written.contains('%') => url_decoded(written, false).map(Value::text),
        _ => Ok(path.clone()),
    }
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
