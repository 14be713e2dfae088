//! Passwords: slow on purpose, and therefore always on the compute pool.
//!
//! Costs are bounded, also those that a hash from outside asks for: nothing could stop the work once it has begun.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::stdlib::answer::Outcome;
use crate::stdlib::declare::plain;
use crate::stdlib::encoding::octets;
use crate::stdlib::options::Options;
use crate::stdlib::random;
use crate::value::{ErrorKind, Fault, Value};
use crate::vm::{Answer, Call, Capability, Job, Native, Request};

/// Memory of Argon2 in KiB, and its lanes: what OWASP recommends.
const MEMORY: u32 = 19 * 1024;
const LANES: u32 = 1;
const ROUNDS: u64 = 2;
/// The most that a hash may ask for: 256 MiB, 64 rounds of Argon2 or 2^16 of bcrypt.
const MOST_MEMORY: u32 = 256 * 1024;
const MOST_ROUNDS: u64 = 64;
const BCRYPT_COSTS: std::ops::RangeInclusive<u64> = 4..=16;
/// bcrypt ignores what stands behind.
const BCRYPT_LENGTH: usize = 72;

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain(
        "hash_password(pw: string, opts: dict = {}) -> string",
        "A hash to keep instead of a password.",
        hash,
    )
    .needs(Capability::Random),
    plain("verify_password(pw: string, hash: string) -> bool", "Whether the password has this hash.", verify),
    plain(
        "derive_key(pw: string, salt: string|bytes, opts: dict = {}) -> bytes",
        "A key made from a password (argon2id).",
        derive,
    ),
];

fn wait(work: impl FnOnce() -> Result<Value, Fault> + Send + 'static) -> Outcome {
    Ok(Answer::wait(Request::Compute(Job(Box::new(work)))))
}

fn argon2(memory: u32, rounds: u64, length: Option<usize>) -> Option<Argon2<'static>> {
    let params = Params::new(memory, u32::try_from(rounds).ok()?, LANES, length).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn rounds(options: &Options<'_>) -> Result<u64, Fault> {
    match options.count("cost")?.unwrap_or(ROUNDS) {
        cost @ 1..=MOST_ROUNDS => Ok(cost),
        cost => Err(options.value_fault("cost", format!("must be 1 to {MOST_ROUNDS}, got {cost}"))),
    }
}

fn hash(call: &mut Call<'_>) -> Outcome {
    let options = call.options(1, &["algorithm", "cost"])?;
    let password = call.text(0).clone();
    let mut salt = [0; 16];
    random::fill(&mut salt)?;
    let failed = call.value_fault("the password cannot be hashed");
    match options.text("algorithm")?.unwrap_or("argon2id") {
        "argon2id" => {
            let hasher = argon2(MEMORY, rounds(&options)?, None).expect("the parameters are in range");
            wait(move || {
                let salt = SaltString::encode_b64(&salt).expect("16 bytes are a salt");
                let hash = hasher.hash_password(password.as_str().as_bytes(), &salt);
                hash.map(|hash| Value::text(hash.to_string())).map_err(|_| failed)
            })
        }
        "bcrypt" => {
            let cost = options.count("cost")?.unwrap_or(12);
            if !BCRYPT_COSTS.contains(&cost) {
                return Err(options.value_fault("cost", format!("must be 4 to 16, got {cost}")));
            }
            fits_bcrypt(call)?;
            wait(move || {
                let hash = bcrypt::hash_with_salt(password.as_str(), cost as u32, salt);
                hash.map(|hash| Value::text(hash.format_for_version(bcrypt::Version::TwoB)))
                    .map_err(|_| failed)
            })
        }
        other => Err(options.value_fault("algorithm", format!("must be argon2id or bcrypt, got '{other}'"))),
    }
}

fn fits_bcrypt(call: &Call<'_>) -> Result<(), Fault> {
    match call.str(0).len() {
        0..=BCRYPT_LENGTH => Ok(()),
        length => Err(call.value_fault(format!("bcrypt takes at most 72 bytes, got {length}"))),
    }
}

fn verify(call: &mut Call<'_>) -> Outcome {
    let (password, hash) = (call.text(0).clone(), call.text(1).clone());
    let malformed = || call.value_fault("the hash is malformed");
    if hash.as_str().starts_with("$2") {
        let cost = hash.as_str().get(4..6).and_then(|cost| cost.parse().ok()).ok_or_else(malformed)?;
        if !BCRYPT_COSTS.contains(&cost) {
            return Err(too_costly(call));
        }
        fits_bcrypt(call)?;
        let malformed = malformed();
        return wait(move || {
            bcrypt::verify(password.as_str(), hash.as_str()).map(Value::Bool).map_err(|_| malformed)
        });
    }
    let parsed = PasswordHash::new(hash.as_str()).map_err(|_| malformed())?;
    let params = Params::try_from(&parsed).map_err(|_| malformed())?;
    if parsed.hash.is_none() || Algorithm::try_from(parsed.algorithm).is_err() {
        return Err(malformed());
    }
    if params.m_cost() > MOST_MEMORY || u64::from(params.t_cost()) > MOST_ROUNDS || params.p_cost() > 16 {
        return Err(too_costly(call));
    }
    let malformed = malformed();
    wait(move || {
        let parsed = PasswordHash::new(hash.as_str()).map_err(|_| malformed)?;
        let verified = Argon2::default().verify_password(password.as_str().as_bytes(), &parsed);
        Ok(Value::Bool(verified.is_ok()))
    })
}

fn too_costly(call: &Call<'_>) -> Fault {
    Fault::new(ErrorKind::LimitError, format!("{}: the hash asks for too much work", call.shown_name()))
}

fn derive(call: &mut Call<'_>) -> Outcome {
    let options = call.options(2, &["cost", "length"])?;
    let (password, salt) = (call.text(0).clone(), octets(&call.args[1]).to_vec());
    if salt.len() < 8 {
        return Err(call.value_fault(format!("the salt must have at least 8 bytes, got {}", salt.len())));
    }
    let length = match options.count("length")?.unwrap_or(32) {
        length @ 4..=1024 => length as usize,
        length => return Err(options.value_fault("length", format!("must be 4 to 1024, got {length}"))),
    };
    let hasher = argon2(MEMORY, rounds(&options)?, Some(length)).expect("the parameters are in range");
    let failed = call.value_fault("no key can be derived");
    wait(move || {
        let mut key = vec![0; length];
        hasher.hash_password_into(password.as_str().as_bytes(), &salt, &mut key).map_err(|_| failed)?;
        Ok(Value::bytes(key))
    })
}
