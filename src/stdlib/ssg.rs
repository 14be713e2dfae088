//! The pages of the site benchmark (STDLIB section 21), whose every byte is a fixed contract.
//!
//! Owns: the text around a body, names of files, and the checks of arguments. Does not: read or write;
//! `prelude/ssg.ruff` does that with the functions that every script has.

use super::answer::{self, Outcome};
use super::declare::plain;
use super::sequence::LARGEST;
use crate::value::{Counted, Dict, ErrorKind, Fault, Value};
use crate::vm::{Answer, Call, Job, Native, Request};

pub(super) const NATIVES: &[Native] = &[
    plain(
        "ssg_build_output_paths(dir: string, count: int, ext: string = \".html\") -> array",
        "The paths of so many pages in a directory.",
        output_paths,
    ),
    plain("ssg_render_pages(bodies: array) -> dict", "{pages, checksum} of page bodies.", render_pages),
    plain(
        "__ssg_page(index: int, body: string|bytes) -> string|bytes",
        "The page of a body, as text or bytes like the body.",
        page,
    ),
    plain(
        "__ssg_check(name: string, items: array, what: string) -> null",
        "TypeError unless all items are strings.",
        check,
    ),
];

/// Bodies of more bytes than this together are rendered off the workers (R9).
const LONG: usize = 1 << 20;

const MIDDLE: &str = "</h1><article>";
const END: &str = "</article></body></html>";

fn output_paths(call: &mut Call<'_>) -> Outcome {
    let count = call.int(1);
    let Ok(size) = usize::try_from(count) else {
        return Err(value_fault(call.name, &format!("file_count must be >= 0, got {count}")));
    };
    if size > LARGEST {
        return Err(call.limit_fault(format!("an array of {count} items is too large"), LARGEST));
    }
    let (dir, ext) = (call.str(0), call.str(2));
    answer::array((0..size).map(|index| Value::text(format!("{dir}/post_{index}{ext}"))).collect())
}

fn render_pages(call: &mut Call<'_>) -> Outcome {
    check_texts(call.name, call.array(0), "source page")?;
    let bodies = call.array(0).clone();
    if bodies.iter().map(length).sum::<usize>() < LONG {
        return answer::value(rendered(&bodies));
    }
    Ok(Answer::wait(Request::Compute(Job(Box::new(move || Ok(rendered(&bodies)))))))
}

/// How many bytes a text has.
fn length(body: &Value) -> usize {
    match body {
        Value::Text(text) => text.as_str().len(),
        _ => 0,
    }
}

fn rendered(bodies: &Counted<Vec<Value>>) -> Value {
    let texts = bodies.iter().filter_map(|body| match body {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let pages: Vec<Value> =
        texts.enumerate().map(|(index, body)| Value::text(head(index as i64) + body + END)).collect();
    let checksum = pages.iter().map(length).sum::<usize>();
    let mut result = Dict::with_capacity(2);
    result.insert_text("pages", Value::array(pages));
    result.insert_text("checksum", Value::Int(checksum as i64));
    Value::dict(result)
}

fn head(index: i64) -> String {
    format!("<html><body><h1>Post {index}{MIDDLE}")
}

fn page(call: &mut Call<'_>) -> Outcome {
    let head = head(call.int(0));
    match &call.args[1] {
        Value::Bytes(body) => {
            answer::value(Value::bytes([head.as_bytes(), body.as_slice(), END.as_bytes()].concat()))
        }
        _ => answer::text([head.as_str(), call.str(1), END].concat()),
    }
}

fn check(call: &mut Call<'_>) -> Outcome {
    check_texts(call.str(0), call.array(1), call.str(2))?;
    answer::null()
}

fn check_texts(name: &str, items: &[Value], what: &str) -> Result<(), Fault> {
    match items.iter().enumerate().find(|(_, item)| !matches!(item, Value::Text(_))) {
        None => Ok(()),
        Some((index, item)) => {
            let message = format!("{name}() {what} at index {index} must be a string");
            Err(Fault::new(ErrorKind::TypeError, message).about(&[item]))
        }
    }
}

fn value_fault(name: &str, text: &str) -> Fault {
    Fault::new(ErrorKind::ValueError, format!("{name}() {text}"))
}
