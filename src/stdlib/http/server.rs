//! Servers of scripts: made, given handlers, started and stopped.

use std::sync::Arc;

use super::pattern::{Pattern, split};
use super::plan::{Mount, Plan, Route};
use super::request::{Target, dispatch};
use super::response::{Response, result};
use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::{edit, plain};
use crate::stdlib::encoding::octets;
use crate::stdlib::options::Options;
use crate::stdlib::promise::{handle, milliseconds_opt};
use crate::value::{Fault, Handle, Parcel, Value};
use crate::vm::{Answer, Call, Capability, Native, Request, ServeRequest, ServerKeys, ServerLimits};

const OPTIONS: &[&str] = &[
    "host",
    "max_body",
    "max_header_bytes",
    "max_connections",
    "read_timeout_ms",
    "handler_timeout_ms",
    "debug",
    "access_log",
    "tls",
];

/// The natives of this family.
pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain("__http_state() -> httpstate", "What copies of a server share.", |_| ask(ServeRequest::New)),
    plain("__http_server(port: int, opts: dict, state: httpstate) -> httpserver", "A server.", |call| {
        let options = call.options(1, OPTIONS)?;
        let host = options.text("host")?.unwrap_or("127.0.0.1").to_owned();
        made(call, host, 0, &options)
    }),
    edit(
        "route(s: httpserver, method: string, path: string, handler: function) -> httpserver",
        "Adds a handler.",
        route,
    ),
    edit(
        "static(s: httpserver, prefix: string, dir: string, opts: dict = {}) -> httpserver",
        "Serves a folder.",
        mount,
    )
    .needs(Capability::FilesystemRead),
    edit("use(s: httpserver, f: function) -> httpserver", "Adds middleware.", |call| {
        let layer = call.pack(1);
        change(call, |plan| plan.layers.push(Arc::new(layer)))
    }),
    plain("__listen(s: httpserver) -> null", "Binds and listens.", |call| {
        let plan = plan(call);
        let folders = plan.mounts.iter().map(|mount| mount.folder.clone()).collect();
        let (server, host, keys) = (plan.state.clone(), plan.host.clone(), plan.keys.clone());
        wait(ServeRequest::Start { server, host, port: plan.port, limits: plan.limits, keys, folders })
    })
    .needs(Capability::NetworkServer),
    plain("stop(s: httpserver, grace_ms: num = 10000) -> bool", "Stops; false if it does not run.", |call| {
        let grace = milliseconds_opt(call, 1)?.unwrap_or(10_000.0);
        wait(ServeRequest::Stop { server: plan(call).state.clone(), grace_ms: grace.ceil() as u64 })
    }),
    plain("wait(s: httpserver) -> null", "Waits until a server has stopped.", |call| {
        wait(ServeRequest::Wait(plan(call).state.clone()))
    }),
    plain("info(h: httpserver) -> dict", "{host, port, url}.", |call| {
        let plan = plan(call);
        let (server, host) = (plan.state.clone(), plan.host.clone());
        let scheme = if plan.keys.is_some() { "https" } else { "http" };
        ask(ServeRequest::Info { server, scheme, host, port: plan.port })
    }),
    plain("close(h: httpserver) -> bool", "Stops at once; false if it does not run.", |call| {
        wait(ServeRequest::Stop { server: plan(call).state.clone(), grace_ms: 0 })
    }),
    plain(
        "__http_next(s: httpserver, before: any, handler: any) -> any",
        "What was sent, or null; whose handler answers what was sent before.",
        |call| {
            let bound = match &call.args[2] {
                Value::Null => None,
                _ => Some((exchange(call, 1), handle(call, 2))),
            };
            wait(ServeRequest::Next { server: plan(call).state.clone(), bound })
        },
    ),
    plain(
        "__http_dispatch(s: httpserver, sent: array) -> array",
        "[request, route or answer, handler or null, whether to log]; says that this context answers.",
        |call| {
            let plan = plan(call);
            let (request, target) = dispatch(&plan, call.array(1));
            let handler = match &target {
                Target::Route(at) if plan.layers.is_empty() => plan.routes[*at].plain_handler(),
                _ => Value::Null,
            };
            let target = match target {
                Target::Route(at) => Value::Int(at as i64),
                Target::Answer(response) => response.into_value(),
            };
            let given = Value::array(vec![request, target, handler, Value::Bool(plan.access_log)]);
            ask(ServeRequest::Enter { exchange: exchange(call, 1), given })
        },
    ),
    plain("__http_handler(s: httpserver, at: int) -> function", "The handler of a route.", |call| {
        brought(plan(call).routes[call.int(1) as usize].handler.clone().sent())
    }),
    plain("__http_layers(s: httpserver) -> int", "How much middleware there is.", |call| {
        answer::size(plan(call).layers.len())
    }),
    plain("__http_layer(s: httpserver, at: int) -> function", "Middleware.", |call| {
        brought((*plan(call).layers[call.int(1) as usize]).clone().sent())
    }),
    plain("__http_debugs(s: httpserver) -> bool", "Whether clients are shown failures.", |call| {
        answer::bool(plan(call).debug)
    }),
    plain(
        "__http_answer(sent: array, v: any) -> int?",
        "Sends what a handler gave; its status, or null if pieces are to follow.",
        |call| {
            let Response { reply, .. } = result(call.program, &call.args[1])?;
            wait(ServeRequest::Answer { exchange: exchange(call, 0), reply })
        },
    ),
    plain("__http_pieces(r: httpresponse) -> any", "What gives the pieces of a body, or null.", |call| {
        let response = Response::from_value(&call.args[0]).expect("the signature admits only answers");
        match &response.pieces {
            Some(pieces) => brought((**pieces).clone()),
            None => answer::null(),
        }
    }),
    plain(
        "__http_piece(x: httpexchange, data: any) -> bool",
        "Sends a piece; false if nobody reads.",
        |call| {
            let data = match &call.args[1] {
                data @ (Value::Text(_) | Value::Bytes(_)) => octets(data).to_vec(),
                other => call.display(other)?.into_bytes(),
            };
            match data.is_empty() {
                true => answer::bool(true),
                false => wait(ServeRequest::Piece { exchange: handle(call, 0), data }),
            }
        },
    ),
    plain("__http_end(x: httpexchange) -> bool", "Ends a body; false if nobody reads.", |call| {
        wait(ServeRequest::Piece { exchange: handle(call, 0), data: Vec::new() })
    }),
];

/// The exchange of what was sent.
fn exchange(call: &Call<'_>, sent: usize) -> Handle {
    match call.array(sent).first() {
        Some(Value::Handle(handle)) => handle.clone(),
        _ => unreachable!("the runtime puts an exchange in front of what was sent"),
    }
}

/// What a parcel holds. Only shared variables need the runtime to find their place in this context.
fn brought(parcel: Parcel) -> Outcome {
    match parcel.cells {
        None => answer::value(parcel.value),
        Some(_) => Ok(Answer::wait(Request::Resolved(parcel))),
    }
}

fn wait(request: ServeRequest) -> Outcome {
    Ok(Answer::wait(Request::Serve(request.into())))
}

fn ask(request: ServeRequest) -> Outcome {
    Ok(Answer::ask(Request::Serve(request.into())))
}

fn plan(call: &Call<'_>) -> Arc<Plan> {
    Plan::of(&call.args[0]).expect("the signature admits only servers")
}

fn change(call: &mut Call<'_>, change: impl FnOnce(&mut Plan)) -> Outcome {
    let mut plan = Plan::clone(&plan(call));
    change(&mut plan);
    call.args[0] = plan.into_value();
    answer::null()
}

fn made(call: &Call<'_>, host: String, port: usize, options: &Options<'_>) -> Outcome {
    let port = call.int(port);
    let port =
        u16::try_from(port).map_err(|_| call.value_fault(format!("port must be 0 to 65535, got {port}")))?;
    let plan = Plan {
        state: handle(call, 2),
        host,
        port,
        limits: limits(options)?,
        keys: keys(call, options)?,
        debug: options.bool("debug", false)?,
        access_log: options.bool("access_log", false)?,
        routes: Vec::new(),
        mounts: Vec::new(),
        layers: Vec::new(),
    };
    answer::value(plan.into_value())
}

fn limits(options: &Options<'_>) -> Result<ServerLimits, Fault> {
    let positive = |key: &str, default: u64| match options.milliseconds(key)? {
        Some(0) => Err(options.value_fault(key, "must be positive")),
        given => Ok(given.unwrap_or(default)),
    };
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Ok(ServerLimits {
        max_body: options.count("max_body")?.unwrap_or(8 << 20),
        // No less than a request line needs, no more than one connection should be able to ask for.
        max_header_bytes: size(positive("max_header_bytes", 16 << 10)?.clamp(256, 16 << 20)),
        max_connections: size(positive("max_connections", 1024)?.min(1 << 20)),
        read_timeout_ms: positive("read_timeout_ms", 30_000)?,
        handler_timeout_ms: positive("handler_timeout_ms", 60_000)?,
    })
}

/// The files of the option `tls`.
fn keys(call: &Call<'_>, options: &Options<'_>) -> Result<Option<ServerKeys>, Fault> {
    let Some(given) = options.dict("tls")? else { return Ok(None) };
    call.requires(Capability::FilesystemRead)?;
    let file = |key: &str| match given.get_text(key) {
        Some(Value::Text(path)) => Ok(path.as_str().to_owned()),
        _ => Err(options.value_fault("tls", format!("needs the path of a file as '{key}'"))),
    };
    if given.len() > 2 {
        return Err(options.value_fault("tls", "takes 'cert' and 'key' only"));
    }
    Ok(Some(ServerKeys { certificate: file("cert")?, key: file("key")? }))
}

fn route(call: &mut Call<'_>) -> Outcome {
    let method = call.str(1).to_ascii_uppercase();
    let is_method = !method.is_empty() && method.bytes().all(|c| c.is_ascii_alphabetic() || c == b'-');
    if method != "*" && !is_method {
        return Err(call.value_fault(format!("'{method}' cannot be a method")));
    }
    let pattern = Pattern::parse(call.str(2)).map_err(|wrong| call.value_fault(wrong))?;
    let handler = call.pack(3);
    change(call, |plan| plan.routes.push(Arc::new(Route { method, pattern, handler })))
}

fn mount(call: &mut Call<'_>) -> Outcome {
    let options = call.options(3, &["max_age", "index", "listing"])?;
    let prefix = call.str(1);
    if !prefix.starts_with('/') || prefix.contains(['*', ':']) {
        return Err(call.value_fault(format!("prefix '{prefix}' must be a path that begins with /")));
    }
    let mount = Mount {
        prefix: split(prefix.trim_start_matches('/')).map(str::to_owned).collect(),
        folder: call.str(2).to_owned(),
        max_age: options.count("max_age")?,
        index: options.text("index")?.unwrap_or("index.html").to_owned(),
        listing: options.bool("listing", false)?,
    };
    change(call, |plan| plan.mounts.push(Arc::new(mount)))
}
