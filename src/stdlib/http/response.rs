//! Answers of servers as values.
//!
//! Invariant: an answer never changes, and its headers can be sent as they are.

use std::sync::Arc;

use super::cookie;
use super::fetch::{is_header, pairs};
use super::multipart;
use crate::bytecode::Program;
use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::{edit, plain};
use crate::stdlib::encoding::octets;
use crate::stdlib::json;
use crate::value::{Dict, ErrorKind, Fault, Handle, Parcel, Resource, ResourceKind, Value, type_name};
use crate::vm::{Call, Capability, FileReply, Native, ReplyBody, ServerReply, media_type};

/// An answer.
#[derive(Clone)]
pub(super) struct Response {
    pub(super) reply: ServerReply,
    /// The function that gives what its body is made of, piece by piece.
    pub(super) pieces: Option<Arc<Parcel>>,
}

impl Response {
    pub(super) fn of(status: u16, headers: Vec<(String, String)>, body: ReplyBody) -> Response {
        Response { reply: ServerReply { status, headers, body }, pieces: None }
    }

    /// A short text.
    pub(super) fn plain(status: u16, text: &str) -> Response {
        Response::typed(status, "text/plain; charset=utf-8", text.as_bytes().to_vec())
    }

    fn typed(status: u16, media: &str, body: Vec<u8>) -> Response {
        Response::of(status, vec![("content-type".to_owned(), media.to_owned())], ReplyBody::Bytes(body))
    }

    /// The answer that a handle refers to.
    pub(super) fn from_value(value: &Value) -> Option<Arc<Response>> {
        match value {
            Value::Handle(handle) => handle.get::<Arc<Response>>().cloned(),
            _ => None,
        }
    }

    pub(super) fn into_value(self) -> Value {
        Value::Handle(Handle::new(Arc::new(self)))
    }

    /// Headers in the place of those of the same names.
    fn set(&mut self, given: Vec<(String, String)>) {
        let replaced = |name: &str| given.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        self.reply.headers.retain(|(name, _)| !replaced(name));
        self.reply.headers.extend(given);
    }
}

impl Resource for Response {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("httpresponse")
    }

    fn text(&self) -> String {
        format!("<httpresponse {}>", self.reply.status)
    }
}

/// The natives of this family.
pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain(
        "http_response(status: any, body: any = unset, headers: dict = {}) -> httpresponse",
        "An answer of a server.",
        http_response,
    ),
    plain(
        "text_response(status: any, value: any = unset, headers: dict = {}) -> httpresponse",
        "An answer of plain text.",
        |call| texts(call, "text/plain; charset=utf-8"),
    ),
    plain(
        "html_response(status: any, value: any = unset, headers: dict = {}) -> httpresponse",
        "An answer of HTML.",
        |call| texts(call, "text/html; charset=utf-8"),
    ),
    plain(
        "json_response(status: any, value: any = unset, headers: dict = {}) -> httpresponse",
        "An answer of JSON.",
        json_response,
    ),
    plain(
        "redirect_response(url: string, status: int|dict = 302, headers: dict = {}) -> httpresponse",
        "An answer that leads elsewhere.",
        redirect,
    ),
    plain("__file_response(path: string, opts: dict = {}) -> httpresponse", "A file as an answer.", file),
    plain(
        "__stream_response(status: int, xs: function, headers: dict = {}) -> httpresponse",
        "An answer whose body is what `xs` gives, item by item.",
        stream,
    ),
    plain("mime_type(path: string) -> string", "The type of a file's content, by its name.", |call| {
        answer::text(media_type(call.str(0)))
    }),
    edit("set_header(r: httpresponse, name: string, value: any) -> httpresponse", "Sets a header.", |call| {
        let pair = (call.str(1).to_owned(), call.display(&call.args[2])?);
        change(call, vec![pair])
    }),
    edit("set_headers(r: httpresponse, d: dict) -> httpresponse", "Sets headers.", |call| {
        let pairs = pairs(call, call.dict(1))?;
        change(call, pairs)
    }),
    edit(
        "set_cookie(r: httpresponse, name: string, value: string, opts: dict = {}) -> httpresponse",
        "Sets a cookie.",
        set_cookie,
    ),
    plain("info(h: httpresponse) -> dict", "{status, headers, body}.", info),
    plain("__multipart_body(kind: string, body: bytes) -> array", "The parts of a form.", |call| {
        answer::array(multipart::parts(call.str(0), octets(&call.args[1]))?)
    }),
    plain("__http_result(v: any) -> httpresponse", "What a handler gave, as an answer.", |call| {
        result(call.program, &call.args[0]).map(Response::into_value).and_then(answer::value)
    }),
    plain("__http_failure(text: string) -> httpresponse", "The answer of a handler that failed.", |call| {
        answer::value(Response::plain(500, call.str(0)).into_value())
    }),
];

/// A status and a value; a single argument is the value.
fn status_and_value(call: &mut Call<'_>) -> Result<(u16, Value), Fault> {
    let first = call.args[0].take();
    match call.given(1) {
        None => Ok((200, first)),
        Some(value) => Ok((status(call, &first)?, value)),
    }
}

fn status(call: &Call<'_>, value: &Value) -> Result<u16, Fault> {
    match value {
        Value::Int(status @ 100..=599) => Ok(*status as u16),
        Value::Int(status) => Err(call.value_fault(format!("status must be 100 to 599, got {status}"))),
        other => Err(call.type_fault("status", "int", other)),
    }
}

fn made(call: &Call<'_>, mut response: Response, headers: usize) -> Outcome {
    let given = pairs(call, call.dict(headers))?;
    check(call, &given)?;
    response.set(given);
    answer::value(response.into_value())
}

fn check(call: &Call<'_>, headers: &[(String, String)]) -> Result<(), Fault> {
    match headers.iter().find(|(name, value)| !is_header(name, value)) {
        Some((name, _)) => Err(call.value_fault(format!("unusable header '{name}'"))),
        None => Ok(()),
    }
}

/// A single int is a status without a body, which has a default.
fn http_response(call: &mut Call<'_>) -> Outcome {
    if let (Value::Int(_), Value::Unset) = (&call.args[0], &call.args[1]) {
        call.args[1] = Value::text("");
    }
    let (status, body) = status_and_value(call)?;
    let media = match &body {
        Value::Text(text) if text.as_str().is_empty() => {
            return made(call, Response::of(status, Vec::new(), ReplyBody::Bytes(Vec::new())), 2);
        }
        Value::Text(_) => "text/plain; charset=utf-8",
        Value::Bytes(_) => "application/octet-stream",
        other => return Err(call.type_fault("body", "string or bytes", other)),
    };
    made(call, Response::typed(status, media, octets(&body).to_vec()), 2)
}

fn texts(call: &mut Call<'_>, media: &str) -> Outcome {
    let (status, value) = status_and_value(call)?;
    let text = call.display(&value)?;
    made(call, Response::typed(status, media, text.into_bytes()), 2)
}

fn json_response(call: &mut Call<'_>) -> Outcome {
    let (status, value) = status_and_value(call)?;
    let text = json::compact(call.shown_name(), call.program, &value)?;
    made(call, Response::typed(status, "application/json", text.into_bytes()), 2)
}

fn redirect(call: &mut Call<'_>) -> Outcome {
    let (status, headers) = match &call.args[1] {
        Value::Dict(_) => (302, 1),
        given => (status(call, given)?, 2),
    };
    let location = vec![("location".to_owned(), call.str(0).to_owned())];
    check(call, &location)?;
    made(call, Response::of(status, location, ReplyBody::Bytes(Vec::new())), headers)
}

fn file(call: &mut Call<'_>) -> Outcome {
    call.requires(Capability::FilesystemRead)?;
    let options = call.options(1, &["download_name"])?;
    let mut headers = Vec::new();
    if let Some(name) = options.text("download_name")? {
        let plain: String = name
            .chars()
            .map(|c| if c.is_ascii_graphic() && !"\"\\".contains(c) || c == ' ' { c } else { '_' })
            .collect();
        let encoded = crate::stdlib::encoding::url_encoded(name);
        let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
        headers.push(("content-disposition".to_owned(), disposition));
    }
    let file = FileReply {
        root: None,
        path: call.str(0).to_owned(),
        index: String::new(),
        listing: false,
        max_age: None,
    };
    answer::value(Response::of(200, headers, ReplyBody::File(file)).into_value())
}

fn stream(call: &mut Call<'_>) -> Outcome {
    let status = status(call, &call.args[0])?;
    let pieces = call.pack(1);
    let response =
        Response { pieces: Some(Arc::new(pieces)), ..Response::of(status, Vec::new(), ReplyBody::Pieces) };
    made(call, response, 2)
}

fn receiver(call: &Call<'_>) -> Response {
    let response = Response::from_value(&call.args[0]);
    Response::clone(&response.expect("the signature admits only answers"))
}

fn change(call: &mut Call<'_>, headers: Vec<(String, String)>) -> Outcome {
    check(call, &headers)?;
    let mut response = receiver(call);
    response.set(headers);
    call.args[0] = response.into_value();
    answer::null()
}

fn set_cookie(call: &mut Call<'_>) -> Outcome {
    let (name, value) = (call.str(1), call.str(2));
    if !cookie::is_name(name) {
        return Err(call.value_fault(format!("unusable name '{name}'")));
    }
    if !cookie::is_value(value) {
        return Err(
            call.value_fault("the value must not contain spaces, quotes, commas, semicolons or backslashes")
        );
    }
    let options = call.options(3, cookie::OPTIONS)?;
    let cookie = cookie::write(name, value, &options)?;
    let mut response = receiver(call);
    response.reply.headers.push(("set-cookie".to_owned(), cookie));
    call.args[0] = response.into_value();
    answer::null()
}

/// {status, headers, body}; the body of a file or stream is null, since it is not there yet.
fn info(call: &mut Call<'_>) -> Outcome {
    let response = receiver(call);
    let mut headers = Dict::new();
    for (name, value) in &response.reply.headers {
        let name = name.to_ascii_lowercase();
        let before = headers.get_text(&name).map(|before| call.display(before)).transpose()?;
        let value = before.map_or_else(|| value.clone(), |before| format!("{before}, {value}"));
        headers.insert_text(&name, Value::text(value));
    }
    let is_text = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case("content-type") && !value.starts_with("application/octet-stream")
    };
    let body = match response.reply.body {
        ReplyBody::Bytes(bytes) if bytes.is_empty() || response.reply.headers.iter().any(is_text) => {
            Value::text(String::from_utf8_lossy(&bytes).into_owned())
        }
        ReplyBody::Bytes(bytes) => Value::bytes(bytes),
        ReplyBody::File(_) | ReplyBody::Pieces => Value::Null,
    };
    let mut dict = Dict::with_capacity(3);
    dict.insert_text("status", Value::Int(response.reply.status.into()));
    dict.insert_text("headers", Value::dict(headers));
    dict.insert_text("body", body);
    answer::value(Value::dict(dict))
}

/// What a handler gave, as an answer.
pub(super) fn result(program: &Program, given: &Value) -> Result<Response, Fault> {
    Ok(match given {
        Value::Null => Response::of(204, Vec::new(), ReplyBody::Bytes(Vec::new())),
        Value::Text(text) => Response::plain(200, text.as_str()),
        Value::Bytes(bytes) => Response::typed(200, "application/octet-stream", bytes.to_vec()),
        value @ (Value::Dict(_) | Value::Array(_) | Value::Struct(_)) => Response::typed(
            200,
            "application/json",
            json::compact("the result of a handler", program, value)?.into_bytes(),
        ),
        value => match Response::from_value(value) {
            Some(response) => Response::clone(&response),
            None => {
                let got = type_name(program, value);
                let message = format!("A handler must give an answer, got {got}");
                return Err(Fault::new(ErrorKind::TypeError, message));
            }
        },
    })
}
