//! Identifiers and secrets, from the system's secure source. No seed reaches them.

use super::choice::count;
use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::plain;
use crate::stdlib::encoding;
use crate::value::{ErrorKind, Fault, Value};
use crate::vm::{Call, Capability, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain("uuid_v4() -> string", "A random UUID.", |_| {
        let mut bytes = [0; 16];
        fill(&mut bytes)?;
        answer::text(uuid(bytes, 4))
    })
    .needs(Capability::Random),
    plain("__uuid_v7(ms: int) -> string", "A UUID that begins with the time.", uuid_v7)
        .needs(Capability::Random),
    plain("random_bytes(n: int) -> bytes", "n random bytes.", |call| {
        answer::value(Value::bytes(random_bytes(call)?))
    })
    .needs(Capability::Random),
    plain("random_token(n: int = 32) -> string", "n random bytes as URL-safe base64.", |call| {
        answer::text(encoding::base64url(&random_bytes(call)?))
    })
    .needs(Capability::Random),
];

/// Fills from the system's source.
pub(in crate::stdlib) fn fill(bytes: &mut [u8]) -> Result<(), Fault> {
    getrandom::fill(bytes).map_err(|error| {
        Fault::new(ErrorKind::IOError, format!("Cannot read random numbers of the system: {error}"))
    })
}

fn random_bytes(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    let mut bytes = vec![0; count(call, 0, "n")?];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// 48 bits of time and 74 random ones.
fn uuid_v7(call: &mut Call<'_>) -> Outcome {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    bytes[..6].copy_from_slice(&call.int(0).to_be_bytes()[2..]);
    answer::text(uuid(bytes, 7))
}

fn uuid(mut bytes: [u8; 16], version: u8) -> String {
    bytes[6] = bytes[6] & 0x0f | version << 4;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = encoding::hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
