//! Writing values without pointers over whatever a register held, and taking values out without a look at the whole.
//!
//! Owns: three pieces of `unsafe`: storing a value where there is nothing to drop, moving a pointer out of a value that is
//! overwritten, and values as mere bits. As an assignment the first would be built in memory, and the next instruction would wait
//! until it has arrived; by `take` and a match the second is read as a whole just after it was written in parts, for which
//! processors wait, too; the third is copied without a look at what kind it is.
#![allow(
    unsafe_code,
    reason = "as assignments, each store is five instructions more, two of them through memory (callgrind)"
)]

use std::hint::cold_path;
use std::mem::MaybeUninit;

use super::{Closure, Counted, Handle, Value};

/// The bits of a value that is nowhere else. If they are not written, what it points to leaks; they need no look when they are
/// dropped, as a value would, for which it would have to be in memory.
#[must_use]
pub struct Bits([MaybeUninit<u64>; 2]);

const _: () = assert!(size_of::<Value>() == size_of::<Bits>() && align_of::<Value>() == align_of::<Bits>());

impl Value {
    /// Makes it an int.
    #[inline(always)]
    pub fn set_int(&mut self, int: i64) {
        self.overwrite(|value| value.try_set_int(int));
    }

    /// Makes it a float.
    #[inline(always)]
    pub fn set_float(&mut self, float: f64) {
        self.overwrite(|value| value.try_set_float(float));
    }

    /// Makes it a bool.
    #[inline(always)]
    pub fn set_bool(&mut self, bool: bool) {
        self.overwrite(|value| value.try_set_bool(bool));
    }

    /// Makes it null.
    #[inline(always)]
    pub fn set_null(&mut self) {
        self.overwrite(Value::try_set_null);
    }

    /// Writes over whatever it is by one of the `try_set_` functions, which do so unless it holds a pointer.
    #[inline(always)]
    pub fn overwrite(&mut self, try_set: impl Fn(&mut Value) -> bool) {
        if !try_set(self) {
            self.release();
            let is_set = try_set(self);
            debug_assert!(is_set, "null holds no pointer");
        }
    }

    /// Makes it an int if it holds no pointer, which would have to be let go.
    #[inline(always)]
    #[must_use]
    pub fn try_set_int(&mut self, int: i64) -> bool {
        if let Value::Int(old) = self {
            *old = int;
            return true;
        }
        cold_path();
        self.try_write(|| Value::Int(int))
    }

    /// The same with a float.
    #[inline(always)]
    #[must_use]
    pub fn try_set_float(&mut self, float: f64) -> bool {
        if let Value::Float(old) = self {
            *old = float;
            return true;
        }
        cold_path();
        self.try_write(|| Value::Float(float))
    }

    /// The same with a bool.
    #[inline(always)]
    #[must_use]
    pub fn try_set_bool(&mut self, bool: bool) -> bool {
        self.try_write(|| Value::Bool(bool))
    }

    /// The same with null.
    #[inline(always)]
    #[must_use]
    pub fn try_set_null(&mut self) -> bool {
        self.try_write(|| Value::Null)
    }

    /// The same with a value that is made where it goes: as an argument it would have to be dropped if it is not written.
    #[inline(always)]
    fn try_write(&mut self, make: impl FnOnce() -> Value) -> bool {
        let is_plain = self.is_plain();
        if is_plain {
            // SAFETY: there is nothing to drop.
            unsafe { std::ptr::write(self, make()) }
        }
        is_plain
    }

    /// The bits of a copy, if that is made without a call. Not for numbers, bools and null, which are written in parts and would be
    /// read here as a whole.
    #[inline(always)]
    pub fn copied_bits(&self) -> Option<Bits> {
        match self {
            Value::Text(text) => text.hold(),
            Value::Bytes(bytes) => bytes.hold(),
            Value::Array(items) => items.hold(),
            Value::Dict(dict) => dict.hold(),
            Value::Set(set) => set.hold(),
            Value::Deque(deque) => deque.hold(),
            Value::Struct(body) => body.hold(),
            Value::Enum(body) => body.hold(),
            Value::Ok(value) | Value::Err(value) | Value::Some(value) => value.hold(),
            Value::Closure(closure) => closure.hold(),
            Value::Handle(handle) => handle.hold(),
            _ if self.is_plain() => {}
            _ => return None,
        }
        // SAFETY: a value without a pointer is nothing but its bits, and the reference of another one was just counted.
        Some(unsafe { self.read_bits() })
    }

    /// Its bits; it is null afterwards.
    #[inline(always)]
    pub fn take_bits(&mut self) -> Bits {
        // SAFETY: the value goes on as these bits, and what was here is overwritten without being dropped.
        unsafe {
            let bits = self.read_bits();
            std::ptr::write(self, Value::Null);
            bits
        }
    }

    #[inline(always)]
    unsafe fn read_bits(&self) -> Bits {
        // SAFETY: any value is so many bytes, of which some may not be initialised.
        Bits(unsafe { (&raw const *self).cast::<[MaybeUninit<u64>; 2]>().read() })
    }

    /// Makes it the value of which these are the bits. It must hold no pointer, or that would leak.
    #[inline(always)]
    pub fn set_bits(&mut self, bits: Bits) {
        debug_assert!(self.is_plain(), "what it points to would leak");
        // SAFETY: these are the bits of a value, which nobody else has.
        unsafe { (&raw mut *self).cast::<[MaybeUninit<u64>; 2]>().write(bits.0) }
    }

    /// Makes it a closure.
    #[inline(always)]
    pub fn set_closure(&mut self, closure: Counted<Closure>) {
        self.put(Value::Closure(closure));
    }

    /// Makes it null if it points to something; a register that nobody reads any more may keep a plain value.
    #[inline(always)]
    pub fn let_go(&mut self) {
        if !self.is_plain() {
            self.release();
        }
    }

    /// Cold, so that what is live around it stays in registers of the processor where there is nothing to release.
    #[cold]
    #[inline(never)]
    fn release(&mut self) {
        *self = Value::Null;
    }

    /// A copy of a value that points to something.
    #[inline(always)]
    pub fn clone_counted(&self) -> Value {
        self.hold();
        // SAFETY: every value that points to something is a pointer to a counted body, whose clones are the same bits; the
        // copy is the reference that `hold` has counted. So it is moved as it is: a copy that is built in memory would
        // be read in wider pieces than it was written in, which processors wait for.
        unsafe { std::ptr::read(self) }
    }

    /// Counts a reference that `clone_counted` makes. Cold, as `release` is.
    #[cold]
    #[inline(never)]
    fn hold(&self) {
        std::mem::forget(self.clone());
    }

    /// The handle, if it is one; it is null afterwards. A value that is taken as a whole is looked at in memory, where it was just
    /// written in parts.
    #[inline(always)]
    pub fn take_handle(&mut self) -> Option<Handle> {
        let Value::Handle(handle) = self else { return None };
        // SAFETY: the value is borrowed exclusively, and overwritten below without being dropped: one handle goes on.
        let taken = unsafe { std::ptr::read(handle) };
        // SAFETY: what would have to be dropped has just been moved out.
        unsafe { std::ptr::write(self, Value::Null) }
        Some(taken)
    }

    /// The closure, if it is one; it is null afterwards.
    #[inline(always)]
    pub fn take_closure(&mut self) -> Option<Counted<Closure>> {
        let Value::Closure(closure) = self else { return None };
        // SAFETY: as in `take_handle`.
        let taken = unsafe { std::ptr::read(closure) };
        // SAFETY: as in `take_handle`.
        unsafe { std::ptr::write(self, Value::Null) }
        Some(taken)
    }

    /// Makes it this value.
    #[inline(always)]
    pub fn put(&mut self, value: Value) {
        self.let_go();
        // SAFETY: `let_go` has left nothing to drop.
        unsafe { std::ptr::write(self, value) }
    }

    /// Whether it holds no pointer.
    #[inline(always)]
    pub fn is_plain(&self) -> bool {
        matches!(
            self,
            Value::Null
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Float(_)
                | Value::None
                | Value::Function(_)
                | Value::Native(_)
                | Value::Constructor(_)
                | Value::Module(_)
                | Value::Unset
        )
    }
}
