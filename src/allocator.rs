//! The allocator of the program: mimalloc, made for small pieces that are allocated and freed on different threads.
//!
//! Not the `mimalloc` crate's own, which asks for every piece with its alignment; that takes 60 instructions more than asking
//! for one that any type may lie in, which is what nearly all pieces are (callgrind).
//!
//! Large pieces are freed by threads of their own: the system takes 100 ms and more to take back a gigabyte, and a worker that
//! waits for that lets all its contexts be late.
#![allow(unsafe_code, reason = "an allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout};

use libmimalloc_sys::{
    mi_free, mi_malloc, mi_malloc_aligned, mi_realloc, mi_realloc_aligned, mi_zalloc, mi_zalloc_aligned,
};

use ruff::sync::spawn;

/// mimalloc.
pub(crate) struct Allocator;

/// What mimalloc gives without being asked, for pieces of at least this size (`MI_MAX_ALIGN_SIZE`).
const NATURAL: usize = 16;

/// From this size on it takes longer to free a piece than to start a thread for it, by far: 5 ms against 50 microseconds.
const LARGE: usize = 64 << 20;

/// Frees a piece, and whoever calls this need not wait for it.
#[cold]
fn free_elsewhere(piece: *mut u8) {
    let address = piece.expose_provenance();
    // SAFETY: nobody else has the piece any more, and any thread may free it.
    let free = move || unsafe { mi_free(std::ptr::with_exposed_provenance_mut(address)) };
    if spawn("ruff-free", free).is_err() {
        free();
    }
}

/// Whether every piece of this size lies as it has to. Smaller ones are aligned to 8, which is their size rounded up.
#[inline]
fn is_natural(size: usize, align: usize) -> bool {
    align <= NATURAL && align <= size
}

// SAFETY: mimalloc's functions keep the contract of `GlobalAlloc`: null if there is no memory, a piece stays until it is
// freed, any thread may free it, and `realloc` keeps the old piece if it fails. Alignments are as asked, or natural.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size(), layout.align());
        // SAFETY: mimalloc takes any size, and alignments of layouts are powers of two.
        unsafe {
            if is_natural(size, align) { mi_malloc(size) } else { mi_malloc_aligned(size, align) }.cast()
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size(), layout.align());
        // SAFETY: as above.
        unsafe {
            if is_natural(size, align) { mi_zalloc(size) } else { mi_zalloc_aligned(size, align) }.cast()
        }
    }

    #[inline]
    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        if layout.size() >= LARGE {
            return free_elsewhere(piece);
        }
        // SAFETY: the caller had it from here.
        unsafe { mi_free(piece.cast()) }
    }

    #[inline]
    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let align = layout.align();
        // SAFETY: the caller had it from here, with this alignment.
        unsafe {
            match is_natural(size, align) {
                true => mi_realloc(piece.cast(), size),
                false => mi_realloc_aligned(piece.cast(), size, align),
            }
            .cast()
        }
    }
}
