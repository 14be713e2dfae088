//! AES-256-GCM: a fresh nonce of 12 bytes, the ciphertext, the tag.

use aes_gcm::aead::Aead;
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};

use super::digest::Digest;
use super::{LONG, crypto_fault};
use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::plain;
use crate::stdlib::encoding::{base64_bytes, base64_text, octets};
use crate::stdlib::random;
use crate::value::{Fault, Value};
use crate::vm::{Answer, Call, Capability, Job, Native, Request};

const NONCE: usize = 12;

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain("aes_encrypt(text: string, key: string|bytes) -> string", "Encrypted text as base64.", |call| {
        sealed(call, |bytes| Value::text(base64_text(&bytes)))
    })
    .needs(Capability::Random),
    plain("aes_encrypt_bytes(b: bytes, key: string|bytes) -> bytes", "Encrypted bytes.", |call| {
        sealed(call, Value::bytes)
    })
    .needs(Capability::Random),
    plain("aes_decrypt(s: string, key: string|bytes) -> string", "The text that aes_encrypt took.", |call| {
        let data = base64_bytes(call.str(0)).ok_or_else(|| failed(call))?;
        opened(call, data, |bytes| String::from_utf8(bytes).ok().map(Value::text))
    }),
    plain(
        "aes_decrypt_bytes(b: bytes, key: string|bytes) -> bytes",
        "The bytes that were encrypted.",
        |call| {
            let data = octets(&call.args[0]).to_vec();
            opened(call, data, |bytes| Some(Value::bytes(bytes)))
        },
    ),
];

fn failed(call: &Call<'_>) -> Fault {
    crypto_fault(call, "decryption", "the key is wrong or the data was changed")
}

/// 32 bytes as they are; a string by its SHA-256.
fn cipher(call: &Call<'_>) -> Result<Aes256Gcm, Fault> {
    let key = match &call.args[1] {
        Value::Text(text) => {
            let mut digest = Digest::named("sha256").expect("it is one of the names");
            digest.update(text.as_str().as_bytes());
            digest.finish()
        }
        bytes => octets(bytes).to_vec(),
    };
    Aes256Gcm::new_from_slice(&key)
        .map_err(|_| call.value_fault(format!("the key must have 32 bytes, got {}", key.len())))
}

fn sealed(call: &mut Call<'_>, form: fn(Vec<u8>) -> Value) -> Outcome {
    let cipher = cipher(call)?;
    let mut nonce = [0; NONCE];
    random::fill(&mut nonce)?;
    let data = call.args[0].take();
    let too_long = crypto_fault(call, "encryption", "the data are too long");
    run(octets(&data).len(), move || {
        let ciphertext = cipher.encrypt(&Nonce::from(nonce), octets(&data)).map_err(|_| too_long)?;
        Ok(form([&nonce[..], &ciphertext].concat()))
    })
}

fn opened(call: &mut Call<'_>, data: Vec<u8>, form: fn(Vec<u8>) -> Option<Value>) -> Outcome {
    let (cipher, failed) = (cipher(call)?, failed(call));
    let Some((nonce, ciphertext)) = data.split_first_chunk::<NONCE>() else { return Err(failed) };
    let (nonce, ciphertext) = (Nonce::from(*nonce), ciphertext.to_vec());
    run(ciphertext.len(), move || {
        cipher.decrypt(&nonce, ciphertext.as_slice()).ok().and_then(form).ok_or(failed)
    })
}

/// Works where it delays nobody.
fn run(length: usize, work: impl FnOnce() -> Result<Value, Fault> + Send + 'static) -> Outcome {
    if length < LONG {
        return answer::value(work()?);
    }
    Ok(Answer::wait(Request::Compute(Job(Box::new(work)))))
}
