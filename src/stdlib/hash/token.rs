//! JSON Web Tokens, signed with HMAC (HS256, HS384, HS512).
//!
//! Invariant: nothing of a token is believed before its signature is checked, but which of the three algorithms signs it, if
//! the caller does not say: all of them need the secret.

use super::digest::Digest;
use super::{crypto_fault, same};
use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::plain;
use crate::stdlib::encoding::{base64url, base64url_bytes, octets};
use crate::stdlib::json;
use crate::stdlib::options::Options;
use crate::value::{Dict, Fault, Value};
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain(
        "jwt_encode(payload: dict, secret: string|bytes, opts: dict = {}) -> string",
        "A signed token.",
        encode,
    ),
    plain(
        "__jwt_decode(token: string, secret: string|bytes, opts: dict, now: num) -> dict",
        "The payload of a valid token.",
        |call| {
            let options = call.options(2, &["algorithm", "verify_time"])?;
            let payload = verified(call, &options)?;
            if options.bool("verify_time", true)? {
                check_times(call, &payload)?;
            }
            answer::value(Value::dict(payload))
        },
    ),
];

/// The algorithm that the caller chose.
fn chosen<'a>(options: &'a Options<'_>) -> Result<Option<&'a str>, Fault> {
    let Some(name) = options.text("algorithm")? else { return Ok(None) };
    let unknown = || options.value_fault("algorithm", format!("must be HS256, HS384 or HS512, got '{name}'"));
    digest(name).map(|_| Some(name)).ok_or_else(unknown)
}

fn digest(algorithm: &str) -> Option<Digest> {
    match algorithm {
        "HS256" => Digest::named("sha256"),
        "HS384" => Digest::named("sha384"),
        "HS512" => Digest::named("sha512"),
        _ => None,
    }
}

fn encode(call: &mut Call<'_>) -> Outcome {
    let options = call.options(2, &["algorithm"])?;
    let name = chosen(&options)?.unwrap_or("HS256");
    let header = format!(r#"{{"alg":"{name}","typ":"JWT"}}"#);
    let payload = json::compact(call.shown_name(), call.program, &call.args[0])?;
    let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
    let digest = digest(name).expect("it was checked");
    let signature = digest.keyed(octets(&call.args[1]), signed.as_bytes());
    answer::text(format!("{signed}.{}", base64url(&signature)))
}

fn verified(call: &Call<'_>, options: &Options<'_>) -> Result<Dict, Fault> {
    let chosen = chosen(options)?;
    let malformed = || crypto_fault(call, "malformed", "the token is malformed");
    let (signed, signature) = call.str(0).rsplit_once('.').ok_or_else(malformed)?;
    let (header, payload) = signed.split_once('.').ok_or_else(malformed)?;
    let signature = base64url_bytes(signature).ok_or_else(malformed)?;
    let named = object(header).ok_or_else(malformed)?;
    let Some(Value::Text(name)) = named.get_text("alg") else { return Err(malformed()) };
    let digest = digest(name.as_str()).filter(|_| chosen.is_none_or(|chosen| chosen == name.as_str()));
    let Some(digest) = digest else {
        let wanted = chosen.unwrap_or("HS256, HS384 or HS512");
        let what = format!("the token is signed by '{}', not by {wanted}", name.as_str());
        return Err(crypto_fault(call, "signature", &what));
    };
    match same(&digest.keyed(octets(&call.args[1]), signed.as_bytes()), &signature) {
        true => object(payload).ok_or_else(malformed),
        false => Err(crypto_fault(call, "signature", "the signature is wrong")),
    }
}

/// A part of a token that is a JSON object.
fn object(part: &str) -> Option<Dict> {
    let text = String::from_utf8(base64url_bytes(part)?).ok()?;
    match json::read(&text).ok()? {
        Value::Dict(dict) => Some((*dict).clone()),
        _ => None,
    }
}

fn check_times(call: &Call<'_>, payload: &Dict) -> Result<(), Fault> {
    let now = call.float(3);
    let time = |claim: &str| match payload.get_text(claim) {
        None => Ok(None),
        Some(Value::Int(time)) => Ok(Some(*time as f64)),
        Some(Value::Float(time)) => Ok(Some(*time)),
        Some(_) => Err(crypto_fault(call, "malformed", &format!("the claim {claim} is no time"))),
    };
    if time("exp")?.is_some_and(|end| now >= end) {
        return Err(crypto_fault(call, "expired", "the token has expired"));
    }
    match time("nbf")? {
        Some(start) if now < start => Err(crypto_fault(call, "not_yet", "the token is not valid yet")),
        _ => Ok(()),
    }
}
