//! Bytes from outside: whatever they are, the answer is a context or an error.

use proptest::prelude::*;

use ruff::snapshot::{ThawError, from_portable, to_portable};

use crate::fixture::{program, rich};

/// Magic, version, fingerprint; the checksum stands behind them.
const BEFORE_CHECKSUM: usize = 14;
const HEADER: usize = 22;

fn valid() -> Vec<u8> {
    to_portable(&rich(), &program(), 1).expect("no handles")
}

/// Makes the checksum right again, so that the damage is looked at.
fn seal(bytes: &mut [u8]) {
    let step = |sum: u64, &byte: &u8| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    let sum = bytes[HEADER..].iter().fold(0xCBF2_9CE4_8422_2325, step);
    bytes[BEFORE_CHECKSUM..HEADER].copy_from_slice(&sum.to_le_bytes());
}

/// Thaws; what can be thawed can be frozen.
fn check(bytes: &[u8]) {
    if let Ok(context) = from_portable(bytes, &program(), 1) {
        to_portable(&context, &program(), 1).expect("no handles");
    }
}

#[test]
fn every_beginning_is_refused() {
    let valid = valid();
    for length in 0..valid.len() {
        let mut bytes = valid[..length].to_vec();
        if length > HEADER {
            seal(&mut bytes);
        }
        assert!(from_portable(&bytes, &program(), 1).is_err(), "{length} bytes");
    }
    assert!(from_portable(&valid, &program(), 1).is_ok());
}

#[test]
fn every_byte_replaced() {
    let valid = valid();
    for at in HEADER..valid.len() {
        for byte in [0, 1, 12, 0x7F, 0x80, 0xFF, valid[at].wrapping_add(1), valid[at] ^ 0x10] {
            let mut bytes = valid.clone();
            bytes[at] = byte;
            seal(&mut bytes);
            check(&bytes);
        }
    }
}

#[test]
fn huge_counts_allocate_nothing() {
    let mut bytes = valid();
    bytes.truncate(HEADER);
    // No flags, 2^60 frames.
    bytes.extend([0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]);
    seal(&mut bytes);
    assert_eq!(from_portable(&bytes, &program(), 1).err(), Some(ThawError::Truncated));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn anything(mut bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes);
        let mut headed = valid()[..HEADER].to_vec();
        headed.append(&mut bytes);
        seal(&mut headed);
        check(&headed);
    }

    #[test]
    fn mutations(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = valid();
        for (at, byte) in changes {
            let at = HEADER + at.index(bytes.len() - HEADER);
            bytes[at] = byte;
        }
        seal(&mut bytes);
        check(&bytes);
    }

    #[test]
    fn cuts_and_repeats(from in any::<prop::sample::Index>(), length in 0_usize..60, to in any::<prop::sample::Index>()) {
        let valid = valid();
        let from = HEADER + from.index(valid.len() - HEADER);
        let piece = &valid[from..(from + length).min(valid.len())];
        let to = HEADER + to.index(valid.len() - HEADER);
        let mut bytes = [&valid[..to], piece, &valid[to..]].concat();
        seal(&mut bytes);
        check(&bytes);
    }
}
