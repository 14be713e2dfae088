//! The real primitives: std, parking_lot, dashmap, crossbeam-deque.

use std::hash::Hash;
use std::ops::{Add, Deref, DerefMut};
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::Duration;

use crossbeam_deque::Steal;
use dashmap::DashMap;
use rustc_hash::FxBuildHasher;

/// A lock. A thread that panicked while holding it does not poison it: what a panic can leave half done here is one
/// context, and that context is failed.
#[derive(Debug, Default)]
pub struct Mutex<T>(parking_lot::Mutex<T>);

/// The right to use what a `Mutex` guards.
#[derive(Debug)]
pub struct MutexGuard<'a, T>(parking_lot::MutexGuard<'a, T>);

impl<T> Mutex<T> {
    /// A lock around `value`.
    pub const fn new(value: T) -> Mutex<T> {
        Mutex(parking_lot::Mutex::new(value))
    }

    /// Waits for the lock.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard(self.0.lock())
    }

    /// What it guards, where nobody else can reach it.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// Where threads sleep until another thread notifies them.
#[derive(Debug, Default)]
pub struct Condvar(parking_lot::Condvar);

impl Condvar {
    /// Nobody sleeps here yet.
    pub fn new() -> Condvar {
        Condvar::default()
    }

    /// Lets the lock go and sleeps; may return without a notification.
    pub fn wait<'a, T>(&self, mut guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        self.0.wait(&mut guard.0);
        guard
    }

    /// The same, but not beyond `deadline`.
    pub fn wait_until<'a, T>(&self, mut guard: MutexGuard<'a, T>, deadline: Instant) -> MutexGuard<'a, T> {
        let _ = self.0.wait_until(&mut guard.0, deadline.0);
        guard
    }

    /// The same, but for at most so long.
    pub fn wait_for<'a, T>(&self, guard: MutexGuard<'a, T>, limit: Duration) -> MutexGuard<'a, T> {
        self.wait_until(guard, Instant::now() + limit)
    }

    /// Wakes one sleeper.
    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    /// Wakes all sleepers.
    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}

/// A flag. Every access is sequentially consistent.
#[derive(Debug, Default)]
pub struct AtomicBool(std::sync::atomic::AtomicBool);

impl AtomicBool {
    /// A flag.
    pub fn new(value: bool) -> AtomicBool {
        AtomicBool(std::sync::atomic::AtomicBool::new(value))
    }

    /// Its value.
    pub fn load(&self) -> bool {
        self.0.load(SeqCst)
    }

    /// Sets it and gives the value before.
    pub fn swap(&self, value: bool) -> bool {
        self.0.swap(value, SeqCst)
    }
}

/// A number that protocols rest on. Only read-modify-writes are offered where an order matters, because loom treats
/// sequentially consistent loads and stores as weaker than they are.
#[derive(Debug, Default)]
pub struct AtomicU64(std::sync::atomic::AtomicU64);

impl AtomicU64 {
    /// A number.
    pub fn new(value: u64) -> AtomicU64 {
        AtomicU64(std::sync::atomic::AtomicU64::new(value))
    }

    /// Its latest value: a read-modify-write that changes nothing.
    pub fn latest(&self) -> u64 {
        self.0.fetch_add(0, SeqCst)
    }

    /// A value that it had: after `full_fence` none that is older than what another thread has set before its own.
    pub fn glance(&self) -> u64 {
        self.0.load(Relaxed)
    }

    /// Adds (wrapping) and gives the value before.
    pub fn fetch_add(&self, more: u64) -> u64 {
        self.0.fetch_add(more, SeqCst)
    }

    /// Subtracts (wrapping) and gives the value before.
    pub fn fetch_sub(&self, less: u64) -> u64 {
        self.0.fetch_sub(less, SeqCst)
    }
}

/// Of two threads that each write something, come here, and then read what the other one writes, at least one sees it.
pub fn full_fence() {
    std::sync::atomic::fence(SeqCst);
}

/// A statistic. Orders nothing.
#[derive(Debug, Default)]
pub struct Tally(std::sync::atomic::AtomicU64);

impl Tally {
    /// Zero.
    pub const fn new() -> Tally {
        Tally(std::sync::atomic::AtomicU64::new(0))
    }

    /// Adds.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Relaxed);
    }

    /// Adds, where only one thread ever does: nothing need be locked for it.
    pub fn add_alone(&self, more: u64) {
        self.0.store(self.get().wrapping_add(more), Relaxed);
    }

    /// Sets it, where only one thread ever does.
    pub fn set_alone(&self, value: u64) {
        self.0.store(value, Relaxed);
    }

    /// Changes it by so much, up or down, and gives what it is then.
    pub fn change(&self, by: i64) -> i64 {
        self.0.fetch_add(by.cast_unsigned(), Relaxed).cast_signed().wrapping_add(by)
    }

    /// Raises it to at least `value`.
    pub fn raise(&self, value: u64) {
        if self.get() < value {
            self.0.fetch_max(value, Relaxed);
        }
    }

    /// Its value, perhaps a little old.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Stack of every thread, in bytes. Only touched pages cost memory. Natives may recurse 4,096 levels deep (LANGUAGE
/// 14.2), so it cannot be small.
const STACK: usize = 8 << 20;

/// A started thread.
#[derive(Debug)]
pub struct JoinHandle(std::thread::JoinHandle<()>);

impl JoinHandle {
    /// Waits until the thread ended, however it ended.
    pub fn join(self) {
        let _ = self.0.join();
    }
}

/// Starts a thread; the error is that of the operating system (too many threads, no memory).
pub fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle> {
    std::thread::Builder::new().name(name.to_owned()).stack_size(STACK).spawn(body).map(JoinHandle)
}

/// A moment of the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(std::time::Instant);

impl Instant {
    /// This moment.
    pub fn now() -> Instant {
        Instant(std::time::Instant::now())
    }

    /// The time since then; zero if it lies ahead.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, more: Duration) -> Instant {
        Instant(self.0 + more)
    }
}

/// A concurrent map. Closures given to it must not use the map again.
pub struct Map<K, V>(DashMap<K, V, FxBuildHasher>);

/// More shards than threads, so that two threads rarely meet on one (DEPENDENCIES measured 64 as quickest).
const SHARDS: usize = 64;

impl<K: Copy + Eq + Hash, V> Default for Map<K, V> {
    fn default() -> Map<K, V> {
        Map(DashMap::with_hasher_and_shard_amount(FxBuildHasher, SHARDS))
    }
}

impl<K: Copy + Eq + Hash, V> Map<K, V> {
    /// Changes an entry in place, which is made first if there is none.
    pub fn change<R>(&self, key: K, make: impl FnOnce() -> V, change: impl FnOnce(&mut V) -> R) -> R {
        change(self.0.entry(key).or_insert_with(make).value_mut())
    }

    /// Changes an entry in place, and takes it out if that gave true.
    pub fn remove_if(&self, key: K, change: impl FnOnce(&mut V) -> bool) -> Option<V> {
        self.0.remove_if_mut(&key, |_, value| change(value)).map(|(_, value)| value)
    }

    /// Changes an entry in place; `None` if there is none.
    pub fn update<R>(&self, key: K, change: impl FnOnce(&mut V) -> R) -> Option<R> {
        self.0.get_mut(&key).map(|mut entry| change(&mut entry))
    }

    /// Looks at an entry; `None` if there is none.
    pub fn with<R>(&self, key: K, look: impl FnOnce(&V) -> R) -> Option<R> {
        self.0.get(&key).map(|entry| look(&entry))
    }

    /// All keys at about this moment, in no order.
    pub fn keys(&self) -> Vec<K> {
        self.0.iter().map(|entry| *entry.key()).collect()
    }
}

/// A queue that all threads push to.
#[derive(Debug)]
pub struct Injector<T>(crossbeam_deque::Injector<T>);

/// A queue that one thread pushes to and pops from, first in first out, and that others steal from.
#[derive(Debug)]
pub struct Deque<T>(crossbeam_deque::Worker<T>);

/// The right to steal from a `Deque`.
#[derive(Debug)]
pub struct Stealer<T>(crossbeam_deque::Stealer<T>);

impl<T> Default for Injector<T> {
    fn default() -> Injector<T> {
        Injector(crossbeam_deque::Injector::new())
    }
}

impl<T> Injector<T> {
    /// Adds at the end.
    pub fn push(&self, item: T) {
        self.0.push(item);
    }

    /// Takes the first.
    pub fn pop(&self) -> Option<T> {
        insist(|| self.0.steal())
    }

    /// Takes the first, and moves some of those after it to `local`.
    pub fn pop_batch(&self, local: &Deque<T>) -> Option<T> {
        insist(|| self.0.steal_batch_and_pop(&local.0))
    }

    /// Whether it looks empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Deque<T> {
    fn default() -> Deque<T> {
        Deque(crossbeam_deque::Worker::new_fifo())
    }
}

impl<T> Deque<T> {
    /// Adds at the end.
    pub fn push(&self, item: T) {
        self.0.push(item);
    }

    /// Takes the first.
    pub fn pop(&self) -> Option<T> {
        self.0.pop()
    }

    /// Whether it is empty; exact for its owner while nobody steals.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many items there are; exact for its owner while nobody steals.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The right to steal from it.
    pub fn stealer(&self) -> Stealer<T> {
        Stealer(self.0.stealer())
    }
}

impl<T> Stealer<T> {
    /// Takes the first, and moves some of those after it to `local`.
    pub fn steal(&self, local: &Deque<T>) -> Option<T> {
        insist(|| self.0.steal_batch_and_pop(&local.0))
    }

    /// Takes the first, and moves some of those after it to `local`: all in all at most `most`, which is at least 1.
    pub fn steal_at_most(&self, local: &Deque<T>, most: usize) -> Option<T> {
        insist(|| self.0.steal_batch_with_limit_and_pop(&local.0, most))
    }

    /// Whether it looks empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many items there seem to be.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Repeats an attempt for as long as it lost a race: others made progress then, so this ends.
fn insist<T>(mut attempt: impl FnMut() -> Steal<T>) -> Option<T> {
    loop {
        match attempt() {
            Steal::Success(item) => return Some(item),
            Steal::Empty => return None,
            Steal::Retry => std::hint::spin_loop(),
        }
    }
}
