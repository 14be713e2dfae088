//! Functions that ask servers.

use super::cookie;
use super::fetch::{OPTIONS, REQUEST_OPTIONS, fetch, headers, pairs};
use crate::stdlib::answer::Outcome;
use crate::stdlib::declare::{by_prelude, plain};
use crate::stdlib::promise::handle;
use crate::value::{Counted, Dict, Fault, Value};
use crate::vm::{Answer, Call, Capability, Fetch, FetchRequest, Native, Request, Run, SessionPlan};

/// What `http_download` takes besides.
const DOWNLOAD_OPTIONS: &[&str] =
    &["on_progress", "headers", "query", "timeout_ms", "redirects", "auth", "bearer", "max_bytes", "retries"];

/// Functions that ask servers, each also with a session before its parameters; those of the first list with async twins.
macro_rules! asking {
    (
        $([$name:literal, $twin:literal, $params:literal, $summary:literal, $fetch:expr])*
        alone: $([$alone:literal, $taken:literal, $result:literal, $meaning:literal, $ask:expr])*
    ) => {
        &[$(
            asks(concat!($name, "(", $params, ") -> dict"), $summary, |call| answered(call, 0, $fetch)),
            asks(concat!($name, "(s: httpsession, ", $params, ") -> dict"), OF_SESSION, |call| {
                answered(call, 1, $fetch)
            }),
            asks(concat!($twin, "(", $params, ") -> promise"), "Its twin.", |call| promised(call, 0, $fetch)),
            asks(concat!($twin, "(s: httpsession, ", $params, ") -> promise"), OF_SESSION, |call| {
                promised(call, 1, $fetch)
            }),
        )*
        $(
            asks(concat!($alone, "(", $taken, ") -> ", $result), $meaning, |call| wait($ask(call, 0)?)),
            asks(concat!($alone, "(s: httpsession, ", $taken, ") -> ", $result), OF_SESSION, |call| {
                wait($ask(call, 1)?)
            }),
        )*]
    };
}

const OF_SESSION: &str = "The same with what the session adds.";

const fn asks(signature: &'static str, summary: &'static str, run: Run) -> Native {
    plain(signature, summary, run).needs(Capability::NetworkClient)
}

/// Functions that ask servers.
pub(in crate::stdlib) const ASKING: &[Native] = asking! {
    ["http_get", "async_http_get", "url: string, opts: dict = {}", "What a server answers.", get]
    ["http_delete", "async_http_delete", "url: string, opts: dict = {}", "Asks a server to delete something.", |call, at| {
        bare(call, at, "DELETE")
    }]
    ["http_post", "async_http_post", "url: string, body: any = null, opts: dict = {}", "Sends something to a server.", |call, at| {
        with_body(call, at, "POST")
    }]
    ["http_put", "async_http_put", "url: string, body: any = null, opts: dict = {}", "Gives a server something to keep.", |call, at| {
        with_body(call, at, "PUT")
    }]
    ["http_request", "async_http_request", "url: string|dict, opts: dict = {}", "What a server answers to any request.", request]
    alone:
    ["http_head", "url: string, opts: dict = {}", "dict", "The head of what a server answers.", |call, at| {
        Ok(FetchRequest::Whole(bare(call, at, "HEAD")?))
    }]
    ["http_patch", "url: string, body: any = null, opts: dict = {}", "dict", "Asks a server to change something.", |call, at| {
        Ok(FetchRequest::Whole(with_body(call, at, "PATCH")?))
    }]
    ["http_get_binary http_get_stream", "url: string, opts: dict = {}", "bytes", "The body that a server answers with.", |call, at| {
        Ok(FetchRequest::Body(get(call, at)?))
    }]
    ["http_stream", "url: string, opts: dict = {}", "httpstream", "A body to be read as it comes.", |call, at| {
        Ok(FetchRequest::Open(get(call, at)?))
    }]
    ["__http_download", "url: string, path: string, opts: dict = {}", "any", "A file, or a download to go on with.", download]
};

/// The natives of this family.
pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain(
        "http_session(opts: dict = {}) -> httpsession",
        "What requests to a server have in common.",
        session,
    ),
    plain(
        "http_download(url: string, path: string, opts: dict = {}) -> dict",
        "Writes the body that a server answers with to a file.",
        by_prelude,
    )
    .written()
    .may_need(&[Capability::FilesystemWrite, Capability::NetworkClient]),
    plain(
        "http_download(s: httpsession, url: string, path: string, opts: dict = {}) -> dict",
        OF_SESSION,
        by_prelude,
    )
    .written()
    .may_need(&[Capability::FilesystemWrite, Capability::NetworkClient]),
    plain(
        "parallel_http(requests: array, limit: int = 16, opts: dict = {}) -> array",
        "The answers to many requests.",
        by_prelude,
    )
    .written()
    .may_need(&[Capability::NetworkClient]),
    plain(
        "parallel_http(s: httpsession, requests: array, limit: int = 16, opts: dict = {}) -> array",
        OF_SESSION,
        by_prelude,
    )
    .written()
    .may_need(&[Capability::NetworkClient]),
    plain("__http_chunk(h: httpstream) -> any", "The next piece of a body, or null.", |call| {
        wait(FetchRequest::Chunk(handle(call, 0)))
    }),
    plain("__http_line(h: httpstream) -> any", "The next line of a body, or null.", |call| {
        wait(FetchRequest::Line(handle(call, 0)))
    }),
    plain("__http_step(h: httpdownload) -> any", "Goes on with a download.", |call| {
        wait(FetchRequest::Step(handle(call, 0)))
    }),
    plain("info(h: httpstream|httpdownload|httpsession) -> dict", "What is known about it.", |call| {
        Ok(Answer::ask(Request::Fetch(FetchRequest::Info(handle(call, 0)).into())))
    }),
    plain("close(h: httpstream|httpsession) -> bool", "Closes; false if it was closed.", |call| {
        Ok(Answer::ask(Request::Fetch(FetchRequest::Close(handle(call, 0)).into())))
    }),
    plain("__http_settles(opts: dict) -> bool", "Whether failures are results.", |call| {
        let settles = call.options(0, &["settle"])?.bool("settle", false)?;
        crate::stdlib::answer::bool(settles)
    }),
    // The same name, so that a missing right is told as that of the same function.
    plain("__http_download(right: null) -> null", "Checks the right to write files.", |_| {
        crate::stdlib::answer::null()
    })
    .needs(Capability::FilesystemWrite),
];

/// What `http_session` takes.
const SESSION_OPTIONS: &[&str] = &["base_url", "headers", "cookies", "auth", "bearer"];

fn session(call: &mut Call<'_>) -> Outcome {
    let options = call.options(0, SESSION_OPTIONS)?;
    let headers = headers(call, &options)?;
    let cookies = match options.dict("cookies")? {
        Some(given) => pairs(call, given)?,
        None => Vec::new(),
    };
    let base_url = options.text("base_url")?.map(str::to_owned);
    if !cookies.is_empty() && base_url.is_none() {
        return Err(options.value_fault("cookies", "needs a base_url"));
    }
    let unusable = |(name, value): &&(String, String)| !cookie::is_name(name) || !cookie::is_value(value);
    if let Some((name, _)) = cookies.iter().find(unusable) {
        return Err(options.value_fault("cookies", format!("has an unusable cookie '{name}'")));
    }
    let plan = SessionPlan { base_url, headers, cookies };
    Ok(Answer::ask(Request::Fetch(FetchRequest::Session(plan).into())))
}

fn wait(request: FetchRequest) -> Outcome {
    Ok(Answer::wait(Request::Fetch(request.into())))
}

/// Sends the request that `make` finds from argument `at` on, behind the session if there is one, and waits.
fn answered(call: &mut Call<'_>, at: usize, make: Make) -> Outcome {
    wait(FetchRequest::Whole(make(call, at)?))
}

/// The same for later.
fn promised(call: &mut Call<'_>, at: usize, make: Make) -> Outcome {
    let fetch = Fetch { held: true, ..make(call, at)? };
    Ok(Answer::ask(Request::Fetch(FetchRequest::Whole(fetch).into())))
}

type Make = fn(&mut Call<'_>, usize) -> Result<Fetch, Fault>;

fn get(call: &mut Call<'_>, at: usize) -> Result<Fetch, Fault> {
    bare(call, at, "GET")
}

fn bare(call: &mut Call<'_>, at: usize, method: &str) -> Result<Fetch, Fault> {
    let options = call.options(at + 1, OPTIONS)?;
    let fetch = fetch(call, method, call.str(at), &Value::Null, &options)?;
    Ok(of_session(call, at, fetch))
}

fn with_body(call: &mut Call<'_>, at: usize, method: &str) -> Result<Fetch, Fault> {
    let options = call.options(at + 2, OPTIONS)?;
    let fetch = fetch(call, method, call.str(at), &call.args[at + 1], &options)?;
    Ok(of_session(call, at, fetch))
}

/// The request as one of the session that stands before its arguments.
fn of_session(call: &mut Call<'_>, at: usize, fetch: Fetch) -> Fetch {
    Fetch { session: at.checked_sub(1).map(|session| handle(call, session)), ..fetch }
}

/// The URL is the first argument, or an option of the only one.
fn request(call: &mut Call<'_>, at: usize) -> Result<Fetch, Fault> {
    if let Value::Dict(given) = &call.args[at] {
        let mut all = given.clone();
        let merged: &mut Dict = Counted::make_mut(&mut all);
        for (key, value) in call.dict(at + 1).iter() {
            merged.insert(key.clone(), value.clone());
        }
        call.args[at + 1] = Value::Dict(all);
    }
    let options = call.options(at + 1, REQUEST_OPTIONS)?;
    let url = match (&call.args[at], options.text("url")?) {
        (Value::Text(url), _) => url.as_str().to_owned(),
        (_, Some(url)) => url.to_owned(),
        _ => return Err(options.value_fault("url", "is missing")),
    };
    let method = options.text("method")?.unwrap_or("GET").to_ascii_uppercase();
    let mut made = fetch(call, &method, &url, &Value::Null, &options)?;
    if let Some(seconds) = options.get("timeout") {
        let seconds = match seconds {
            Value::Int(seconds @ 1..) => *seconds as f64,
            Value::Float(seconds) if *seconds > 0.0 => *seconds,
            Value::Int(_) | Value::Float(_) => {
                return Err(options.value_fault("timeout", "must be a positive number of seconds"));
            }
            other => return Err(options.unlike("timeout", "number", other)),
        };
        made.timeout_ms = Some((seconds * 1e3).ceil() as u64);
    }
    made.older_names = true;
    Ok(of_session(call, at, made))
}

fn download(call: &mut Call<'_>, at: usize) -> Result<FetchRequest, Fault> {
    let options = call.options(at + 2, DOWNLOAD_OPTIONS)?;
    let calls_back = options.callback("on_progress")?.is_some();
    let fetch = fetch(call, "GET", call.str(at), &Value::Null, &options)?;
    let fetch = of_session(call, at, fetch);
    let path = call.str(at + 1).to_owned();
    Ok(match calls_back {
        true => FetchRequest::OpenDownload { fetch, path },
        false => FetchRequest::Download { fetch, path },
    })
}
