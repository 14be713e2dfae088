//! The bytes of both forms: numbers, tags, and a reader that never trusts its input.
//!
//! Invariant: what is written is determined by what is encoded (no addresses, no hash order), and reading allocates
//! nothing before the bytes that it is for were seen.

use super::ThawError;

/// So many bytes are written without an allocation: most snapshots.
const NEAR: usize = 64;

/// Bytes being written.
pub(super) struct Bytes {
    near: [u8; NEAR],
    /// How many of `near` are written.
    length: usize,
    /// All of them, once there are more than `near` can take; then that is full.
    far: Vec<u8>,
}

impl Bytes {
    pub(super) fn new() -> Bytes {
        Bytes { near: [0; NEAR], length: 0, far: Vec::new() }
    }

    #[inline]
    pub(super) fn push(&mut self, byte: u8) {
        match self.near.get_mut(self.length) {
            Some(place) => {
                *place = byte;
                self.length += 1;
            }
            None => self.extend_far(&[byte]),
        }
    }

    pub(super) fn extend_from_slice(&mut self, bytes: &[u8]) {
        let fit = bytes.len().min(NEAR - self.length);
        let (near, far) = bytes.split_at(fit);
        self.near[self.length..self.length + fit].copy_from_slice(near);
        self.length += fit;
        if !far.is_empty() {
            self.extend_far(far);
        }
    }

    #[cold]
    fn extend_far(&mut self, bytes: &[u8]) {
        if self.far.is_empty() {
            self.far.extend_from_slice(&self.near);
        }
        self.far.extend_from_slice(bytes);
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        if self.far.is_empty() { &self.near[..self.length] } else { &self.far }
    }

    pub(super) fn into_vec(self) -> Vec<u8> {
        if self.far.is_empty() { self.near[..self.length].to_vec() } else { self.far }
    }
}

/// What a value starts with. Numbers of version 1 of the portable form: never reuse one.
pub(super) mod tag {
    pub(crate) const NULL: u8 = 0;
    pub(crate) const FALSE: u8 = 1;
    pub(crate) const TRUE: u8 = 2;
    pub(crate) const UNSET: u8 = 3;
    pub(crate) const NONE: u8 = 4;
    /// A zigzag varint.
    pub(crate) const INT: u8 = 5;
    /// Eight bytes, little-endian.
    pub(crate) const FLOAT: u8 = 6;
    pub(crate) const FUNCTION: u8 = 7;
    pub(crate) const NATIVE: u8 = 8;
    pub(crate) const CONSTRUCTOR: u8 = 9;
    /// The position of a shared variable.
    pub(crate) const CELL: u8 = 10;
    /// Length and UTF-8.
    pub(crate) const TEXT: u8 = 11;
    /// Packed form: the next entry of the handle table.
    pub(crate) const HELD: u8 = 12;
    // Portable form, bodies: their parts stand before them.
    pub(crate) const BYTES: u8 = 13;
    pub(crate) const ARRAY: u8 = 14;
    pub(crate) const DICT: u8 = 15;
    pub(crate) const SET: u8 = 16;
    pub(crate) const STRUCT: u8 = 17;
    pub(crate) const ENUM: u8 = 18;
    pub(crate) const OK: u8 = 19;
    pub(crate) const ERR: u8 = 20;
    pub(crate) const SOME: u8 = 21;
    pub(crate) const CLOSURE: u8 = 22;
    pub(crate) const BOUND: u8 = 23;
    pub(crate) const ERROR: u8 = 24;
    /// An earlier body again, by number.
    pub(crate) const SAME: u8 = 25;
    /// A position in the table of handles beside the bytes.
    pub(crate) const HANDLE: u8 = 26;
    /// No further value.
    pub(crate) const END: u8 = 27;
    /// A generator or iterator: which of them, and the position of the variable that is its state.
    pub(crate) const GENERATOR: u8 = 28;
    /// The body of a suspended generator: function, instruction; its closure and registers stand before.
    pub(crate) const SUSPENDED: u8 = 29;
    /// The position of a module in the program.
    pub(crate) const MODULE: u8 = 30;
    /// What a struct's functions close over: part of a struct value.
    pub(crate) const SCOPE: u8 = 31;
    /// The number of items.
    pub(crate) const QUEUE: u8 = 32;
    pub(crate) const STACK: u8 = 33;
    /// With this bit: an int of 0 to 127.
    pub(crate) const SMALL: u8 = 0x80;
}

/// Writes an unsigned number, seven bits a byte, low ones first.
#[inline]
pub(super) fn put(out: &mut Bytes, number: u64) {
    let mut rest = number;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Writes a signed number: small ones of either sign are short.
#[inline]
pub(super) fn put_signed(out: &mut Bytes, number: i64) {
    put(out, ((number << 1) ^ (number >> 63)) as u64);
}

/// Writes length and bytes.
pub(super) fn put_bytes(out: &mut Bytes, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Writes an int value with its tag.
#[inline]
pub(super) fn put_int(out: &mut Bytes, value: i64) {
    match value {
        0..=127 => out.push(tag::SMALL | value as u8),
        _ => {
            out.push(tag::INT);
            put_signed(out, value);
        }
    }
}

/// Bytes being read.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, ThawError> {
        let (&first, rest) = self.rest.split_first().ok_or(ThawError::Truncated)?;
        self.rest = rest;
        Ok(first)
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ThawError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(ThawError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ThawError> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| ThawError::Truncated)
    }

    #[inline(always)]
    pub(super) fn number(&mut self) -> Result<u64, ThawError> {
        // Most numbers are short.
        match self.rest.split_first() {
            Some((&first, rest)) if first < 0x80 => {
                self.rest = rest;
                Ok(first.into())
            }
            _ => self.long_number(),
        }
    }

    fn long_number(&mut self) -> Result<u64, ThawError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            if shift == 63 && bits > 1 {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(ThawError::Malformed("a number has too many bits"))
    }

    #[inline]
    pub(super) fn number_u32(&mut self) -> Result<u32, ThawError> {
        let number = self.number()?;
        number.try_into().map_err(|_| ThawError::Malformed("a number is out of range"))
    }

    #[inline]
    pub(super) fn number_u16(&mut self) -> Result<u16, ThawError> {
        let number = self.number()?;
        number.try_into().map_err(|_| ThawError::Malformed("a number is out of range"))
    }

    #[inline(always)]
    pub(super) fn signed(&mut self) -> Result<i64, ThawError> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// A number of things of which each takes at least one of the bytes that are left.
    pub(super) fn count(&mut self) -> Result<usize, ThawError> {
        let count = self.number()?;
        if count > self.rest.len() as u64 {
            return Err(ThawError::Truncated);
        }
        Ok(count as usize)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, ThawError> {
        let length = self.count()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| ThawError::Malformed("a text is not UTF-8"))
    }
}

/// FNV-1a: finds accidents, not attacks.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    let step = |sum: u64, &byte: &u8| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, step)
}
