//! Hashing and cryptography (STDLIB section 16).
//!
//! Owns: which functions there are, and which work is long. The algorithms are those of crates; `digest.rs` puts them behind
//! one type. Invariant: what takes a secret apart compares in constant time, and what is slow on purpose runs off the
//! workers.

mod digest;
mod content;
mod cipher;
mod password;
mod token;

use super::answer::{self, Outcome};
use super::declare::{by_prelude, plain};
use super::encoding::{hex, octets};
use crate::value::{Dict, ErrorKind, Fault, Handle, Resource, ResourceKind, Value};
use crate::vm::{Answer, Call, Capability, Job, Native, Request};
use digest::Digest;

pub(super) use cipher::NATIVES as CIPHERS;
pub(super) use password::NATIVES as PASSWORDS;
pub(super) use token::NATIVES as TOKENS;

/// Data beyond this many bytes are hashed off the workers, so that no other context waits for them (R9).
const LONG: usize = 1 << 20;

/// A function that hashes its only argument.
macro_rules! digest {
    ($signature:literal, $summary:literal, $name:literal) => {
        plain($signature, $summary, |call| hashed(call, $name))
    };
}

pub(super) const NATIVES: &[Native] = &[
    plain(
        "hash_tree(dir: string, opts: dict = {}) -> string",
        "SHA-256 of the names and contents below a directory.",
        by_prelude,
    )
    .written()
    .may_need(&[Capability::FilesystemRead]),
    digest!("sha256(x: string|bytes) -> string", "SHA-256 in hexadecimal.", "sha256"),
    digest!("sha1(x: string|bytes) -> string", "SHA-1 in hexadecimal; for old formats only.", "sha1"),
    digest!("sha512(x: string|bytes) -> string", "SHA-512 in hexadecimal.", "sha512"),
    digest!("md5(x: string|bytes) -> string", "MD5 in hexadecimal; for old formats only.", "md5"),
    digest!("blake3(x: string|bytes) -> string", "BLAKE3 in hexadecimal.", "blake3"),
    plain("crc32(x: string|bytes) -> int", "The CRC-32 of zip and PNG.", |call| {
        answer::int(digest::crc32(octets(&call.args[0])).into())
    }),
    plain(
        "hmac(data: string|bytes, key: string|bytes, algorithm: string = \"sha256\") -> string",
        "The HMAC (RFC 2104) in hexadecimal.",
        |call| hmac(call, 2),
    ),
    plain(
        "hmac_sha256(data: string|bytes, key: string|bytes) -> string",
        "The HMAC with SHA-256 in hexadecimal.",
        |call| hmac(call, usize::MAX),
    ),
    plain(
        "secure_compare(a: string|bytes, b: string|bytes) -> bool",
        "Equality, in a time that depends on lengths alone.",
        |call| answer::bool(same(octets(&call.args[0]), octets(&call.args[1]))),
    ),
    plain("content_hash(x: any) -> string", "One SHA-256 for equal values.", |call| {
        answer::text(hex(&content::hash(call.program, &call.args[0])?))
    }),
    plain("__hash_file(algorithm: any) -> any", "A digest of nothing yet.", |call| {
        let Value::Text(name) = &call.args[0] else {
            return Err(call.type_fault("algorithm", "string", &call.args[0]));
        };
        running(digest(call, name.as_str())?)
    }),
    plain("__hash_more(running: any, part: bytes) -> any", "A digest of more.", |call| {
        let mut digest = so_far(call)?;
        digest.update(octets(&call.args[1]));
        running(digest)
    }),
    plain("__hash_end(running: any) -> string", "The digest in hexadecimal.", |call| {
        answer::text(hex(&so_far(call)?.finish()))
    }),
];

/// The digest of an algorithm by name.
fn digest(call: &Call<'_>, name: &str) -> Result<Digest, Fault> {
    Digest::named(name).ok_or_else(|| {
        call.value_fault(format!(
            "unknown algorithm '{name}'; there are sha256, sha1, sha384, sha512, md5, blake3"
        ))
    })
}

fn hashed(call: &mut Call<'_>, name: &str) -> Outcome {
    let mut digest = digest(call, name)?;
    on_data(call, move |data| {
        digest.update(data);
        hex(&digest.finish())
    })
}

fn hmac(call: &mut Call<'_>, algorithm: usize) -> Outcome {
    let name = if algorithm == usize::MAX { "sha256" } else { call.str(algorithm) };
    let digest = digest(call, name)?;
    let key = octets(&call.args[1]).to_vec();
    on_data(call, move |data| hex(&digest.keyed(&key, data)))
}

/// Works on the first argument where it delays nobody.
fn on_data(call: &mut Call<'_>, work: impl FnOnce(&[u8]) -> String + Send + 'static) -> Outcome {
    let data = call.args[0].take();
    if octets(&data).len() < LONG {
        return answer::text(work(octets(&data)));
    }
    Ok(Answer::wait(Request::Compute(Job(Box::new(move || Ok(Value::text(work(octets(&data)))))))))
}

/// Whether two secrets are equal. Every byte is looked at, wherever they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    let difference = a.iter().zip(b).fold(0, |seen, (a, b)| std::hint::black_box(seen | (a ^ b)));
    a.len() == b.len() && difference == 0
}

/// A digest that goes on: each step makes a new one, so that a frozen context can keep it.
struct Running(Digest);

impl Resource for Running {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("digest")
    }

    fn text(&self) -> String {
        "<digest>".to_owned()
    }
}

fn running(digest: Digest) -> Outcome {
    answer::value(Value::Handle(Handle::new(Running(digest))))
}

/// What the prelude passes on; a snapshot from outside may hold anything in its place.
fn so_far(call: &Call<'_>) -> Result<Digest, Fault> {
    let running = match &call.args[0] {
        Value::Handle(handle) => handle.get::<Running>(),
        _ => None,
    };
    let running = running.ok_or_else(|| call.type_fault("running", "digest", &call.args[0]))?;
    Ok(running.0.clone())
}

/// `f: text`, of kind CryptoError, with `e.value` `{reason}`.
fn crypto_fault(call: &Call<'_>, reason: &str, text: &str) -> Fault {
    let mut details = Dict::new();
    details.insert_text("reason", Value::text(reason));
    Fault::new(ErrorKind::CryptoError, format!("{}: {text}", call.shown_name()))
        .with_value(Value::dict(details))
}
