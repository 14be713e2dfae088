//! Functions that ask servers.

use super::fetch::{OPTIONS, REQUEST_OPTIONS, fetch};
use crate::stdlib::answer::Outcome;
use crate::stdlib::declare::plain;
use crate::stdlib::promise::handle;
use crate::value::{Counted, Dict, Fault, Value};
use crate::vm::{Answer, Call, Capability, Fetch, FetchRequest, Native, Request};

/// What `http_download` takes besides.
const DOWNLOAD_OPTIONS: &[&str] =
    &["on_progress", "headers", "query", "timeout_ms", "redirects", "auth", "bearer", "max_bytes", "retries"];

/// A function and its async twin.
macro_rules! both {
    ($signature:literal, $twin:literal, $summary:literal, $fetch:expr) => {
        [
            plain($signature, $summary, |call| {
                let fetch: Fetch = $fetch(call)?;
                Ok(Answer::Wait(Request::Fetch(FetchRequest::Whole(fetch).into())))
            })
            .needs(Capability::NetworkClient),
            plain($twin, "Its twin.", |call| {
                let fetch: Fetch = $fetch(call)?;
                let fetch = Fetch { held: true, ..fetch };
                Ok(Answer::Ask(Request::Fetch(FetchRequest::Whole(fetch).into())))
            })
            .needs(Capability::NetworkClient),
        ]
    };
}

const GET: [Native; 2] = both!(
    "http_get(url: string, opts: dict = {}) -> dict",
    "async_http_get(url: string, opts: dict = {}) -> promise",
    "What a server answers.",
    |call: &mut Call<'_>| bare(call, "GET")
);
const DELETE: [Native; 2] = both!(
    "http_delete(url: string, opts: dict = {}) -> dict",
    "async_http_delete(url: string, opts: dict = {}) -> promise",
    "Asks a server to delete something.",
    |call: &mut Call<'_>| bare(call, "DELETE")
);
const POST: [Native; 2] = both!(
    "http_post(url: string, body: any = null, opts: dict = {}) -> dict",
    "async_http_post(url: string, body: any = null, opts: dict = {}) -> promise",
    "Sends something to a server.",
    |call: &mut Call<'_>| with_body(call, "POST")
);
const PUT: [Native; 2] = both!(
    "http_put(url: string, body: any = null, opts: dict = {}) -> dict",
    "async_http_put(url: string, body: any = null, opts: dict = {}) -> promise",
    "Gives a server something to keep.",
    |call: &mut Call<'_>| with_body(call, "PUT")
);
const ANY: [Native; 2] = both!(
    "http_request(url: string|dict, opts: dict = {}) -> dict",
    "async_http_request(url: string|dict, opts: dict = {}) -> promise",
    "What a server answers to any request.",
    request
);

/// The natives of this family.
pub(in crate::stdlib) const NATIVES: &[Native] = &[
    GET[0],
    GET[1],
    DELETE[0],
    DELETE[1],
    POST[0],
    POST[1],
    PUT[0],
    PUT[1],
    ANY[0],
    ANY[1],
    plain("http_head(url: string, opts: dict = {}) -> dict", "The head of what a server answers.", |call| {
        let fetch = bare(call, "HEAD")?;
        wait(FetchRequest::Whole(fetch))
    })
    .needs(Capability::NetworkClient),
    plain(
        "http_patch(url: string, body: any = null, opts: dict = {}) -> dict",
        "Asks a server to change something.",
        |call| {
            let fetch = with_body(call, "PATCH")?;
            wait(FetchRequest::Whole(fetch))
        },
    )
    .needs(Capability::NetworkClient),
    plain(
        "http_get_binary http_get_stream(url: string, opts: dict = {}) -> bytes",
        "The body that a server answers with.",
        |call| {
            let fetch = bare(call, "GET")?;
            wait(FetchRequest::Body(fetch))
        },
    )
    .needs(Capability::NetworkClient),
    plain(
        "http_stream(url: string, opts: dict = {}) -> httpstream",
        "A body to be read as it comes.",
        |call| {
            let fetch = bare(call, "GET")?;
            wait(FetchRequest::Open(fetch))
        },
    )
    .needs(Capability::NetworkClient),
    plain("__http_chunk(h: httpstream) -> any", "The next piece of a body, or null.", |call| {
        wait(FetchRequest::Chunk(handle(call, 0)))
    }),
    plain("__http_line(h: httpstream) -> any", "The next line of a body, or null.", |call| {
        wait(FetchRequest::Line(handle(call, 0)))
    }),
    plain(
        "__http_download(url: string, path: string, opts: dict = {}) -> any",
        "The body of an answer as a file, or a download to go on with.",
        download,
    )
    .needs(Capability::NetworkClient),
    plain("__http_step(h: httpdownload) -> any", "Goes on with a download.", |call| {
        wait(FetchRequest::Step(handle(call, 0)))
    }),
    plain("info(h: httpstream|httpdownload) -> dict", "{status, headers}.", |call| {
        Ok(Answer::Ask(Request::Fetch(FetchRequest::Info(handle(call, 0)).into())))
    }),
    plain("close(h: httpstream) -> bool", "Closes; false if it was closed.", |call| {
        Ok(Answer::Ask(Request::Fetch(FetchRequest::Close(handle(call, 0)).into())))
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

fn wait(request: FetchRequest) -> Outcome {
    Ok(Answer::Wait(Request::Fetch(request.into())))
}

fn bare(call: &mut Call<'_>, method: &str) -> Result<Fetch, Fault> {
    let options = call.options(1, OPTIONS)?;
    fetch(call, method, call.str(0), &Value::Null, &options)
}

fn with_body(call: &mut Call<'_>, method: &str) -> Result<Fetch, Fault> {
    let options = call.options(2, OPTIONS)?;
    fetch(call, method, call.str(0), &call.args[1], &options)
}

/// The URL is the first argument, or an option of the only one.
fn request(call: &mut Call<'_>) -> Result<Fetch, Fault> {
    if let Value::Dict(given) = &call.args[0] {
        let mut all = given.clone();
        let merged: &mut Dict = Counted::make_mut(&mut all);
        for (key, value) in call.dict(1).iter() {
            merged.insert(key.clone(), value.clone());
        }
        call.args[1] = Value::Dict(all);
    }
    let options = call.options(1, REQUEST_OPTIONS)?;
    let url = match (&call.args[0], options.text("url")?) {
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
    Ok(made)
}

fn download(call: &mut Call<'_>) -> Outcome {
    let options = call.options(2, DOWNLOAD_OPTIONS)?;
    let calls_back = options.callback("on_progress")?.is_some();
    let fetch = fetch(call, "GET", call.str(0), &Value::Null, &options)?;
    let path = call.str(1).to_owned();
    wait(match calls_back {
        true => FetchRequest::OpenDownload { fetch, path },
        false => FetchRequest::Download { fetch, path },
    })
}
