//! The same primitives as loom and shuttle explore them. Maps and deques are a lock around a std collection.
//!
//! Under loom time stands still: waiting until a deadline is waiting for a notification. Under shuttle it passes when somebody
//! waits for a deadline, and then it comes at once: whatever else can happen may happen before or after it.

use std::collections::{BTreeMap, VecDeque};
use std::ops::{Add, Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

#[cfg(ruff_loom)]
use loom as explorer;
#[cfg(ruff_shuttle)]
use shuttle as explorer;

use self::explorer::sync::atomic::Ordering::SeqCst;

/// See `real::Mutex`.
#[derive(Debug, Default)]
pub struct Mutex<T>(explorer::sync::Mutex<T>);

/// See `real::MutexGuard`. With its lock, which a wait for a deadline lets go and takes again.
#[derive(Debug)]
pub struct MutexGuard<'a, T>(explorer::sync::MutexGuard<'a, T>, &'a Mutex<T>);

impl<T> Mutex<T> {
    /// A lock around `value`.
    pub fn new(value: T) -> Mutex<T> {
        Mutex(explorer::sync::Mutex::new(value))
    }

    /// Waits for the lock.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard(self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()), self)
    }

    /// What it guards, where nobody else can reach it.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// See `real::Condvar`.
#[derive(Debug, Default)]
pub struct Condvar(explorer::sync::Condvar);

impl Condvar {
    /// Nobody sleeps here yet.
    pub fn new() -> Condvar {
        Condvar::default()
    }

    /// Lets the lock go and sleeps.
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let MutexGuard(held, lock) = guard;
        MutexGuard(self.0.wait(held).unwrap_or_else(|poisoned| poisoned.into_inner()), lock)
    }

    /// Time stands still, so this is `wait`.
    #[cfg(ruff_loom)]
    pub fn wait_until<'a, T>(&self, guard: MutexGuard<'a, T>, _deadline: Instant) -> MutexGuard<'a, T> {
        self.wait(guard)
    }

    /// Others may go first; then the deadline comes.
    #[cfg(ruff_shuttle)]
    pub fn wait_until<'a, T>(&self, guard: MutexGuard<'a, T>, deadline: Instant) -> MutexGuard<'a, T> {
        let MutexGuard(held, lock) = guard;
        drop(held);
        shuttle::thread::yield_now();
        deadline.come();
        lock.lock()
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

/// See `real::AtomicBool`.
#[derive(Debug, Default)]
pub struct AtomicBool(explorer::sync::atomic::AtomicBool);

impl AtomicBool {
    /// A flag.
    pub fn new(value: bool) -> AtomicBool {
        AtomicBool(explorer::sync::atomic::AtomicBool::new(value))
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

/// See `real::AtomicU64`.
#[derive(Debug, Default)]
pub struct AtomicU64(explorer::sync::atomic::AtomicU64);

impl AtomicU64 {
    /// A number.
    pub fn new(value: u64) -> AtomicU64 {
        AtomicU64(explorer::sync::atomic::AtomicU64::new(value))
    }

    /// Its latest value: a read-modify-write that changes nothing.
    pub fn latest(&self) -> u64 {
        self.0.fetch_add(0, SeqCst)
    }

    /// A value that it had.
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

/// See `real::full_fence`. Shuttle's atomics are all sequentially consistent.
pub fn full_fence() {
    #[cfg(ruff_loom)]
    loom::sync::atomic::fence(SeqCst);
}

/// See `real::Tally`. Statistics order nothing, so the models need not branch on them: a std atomic.
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

    /// Adds, where only one thread ever does.
    pub fn add_alone(&self, more: u64) {
        self.add(more);
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
        self.0.fetch_max(value, Relaxed);
    }

    /// Its value.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A started thread of the model.
#[derive(Debug)]
pub struct JoinHandle(explorer::thread::JoinHandle<()>);

impl JoinHandle {
    /// Waits until the thread ended. A panic in it has already failed the model.
    pub fn join(self) {
        let _ = self.0.join();
    }
}

/// Starts a thread of the model.
pub fn spawn(_name: &str, body: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle> {
    Ok(JoinHandle(explorer::thread::spawn(body)))
}

/// The latest deadline that came, in nanoseconds. A std atomic, since it only grows and orders nothing.
static NOW: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

/// A moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(Duration);

impl Instant {
    /// This moment.
    pub fn now() -> Instant {
        Instant(Duration::from_nanos(NOW.load(Relaxed)))
    }

    /// The time since then.
    pub fn elapsed(self) -> Duration {
        Instant::now().0.saturating_sub(self.0)
    }

    /// Lets time pass up to this moment.
    #[cfg(ruff_shuttle)]
    fn come(self) {
        NOW.fetch_max(self.0.as_nanos().try_into().unwrap_or(u64::MAX), Relaxed);
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, more: Duration) -> Instant {
        Instant(self.0 + more)
    }
}

/// See `real::Map`. Ordered, because loom needs every execution to take the same path.
pub struct Map<K, V>(Mutex<BTreeMap<K, V>>);

impl<K: Copy + Ord, V> Default for Map<K, V> {
    fn default() -> Map<K, V> {
        Map(Mutex::new(BTreeMap::new()))
    }
}

impl<K: Copy + Ord, V> Map<K, V> {
    /// Changes an entry in place, which is made first if there is none.
    pub fn change<R>(&self, key: K, make: impl FnOnce() -> V, change: impl FnOnce(&mut V) -> R) -> R {
        change(self.0.lock().entry(key).or_insert_with(make))
    }

    /// Changes an entry in place, and takes it out if that gave true.
    pub fn remove_if(&self, key: K, change: impl FnOnce(&mut V) -> bool) -> Option<V> {
        let mut entries = self.0.lock();
        if change(entries.get_mut(&key)?) { entries.remove(&key) } else { None }
    }

    /// Changes an entry in place; `None` if there is none.
    pub fn update<R>(&self, key: K, change: impl FnOnce(&mut V) -> R) -> Option<R> {
        self.0.lock().get_mut(&key).map(change)
    }

    /// Looks at an entry; `None` if there is none.
    pub fn with<R>(&self, key: K, look: impl FnOnce(&V) -> R) -> Option<R> {
        self.0.lock().get(&key).map(look)
    }

    /// All keys.
    pub fn keys(&self) -> Vec<K> {
        self.0.lock().keys().copied().collect()
    }
}

/// See `real::Injector`.
#[derive(Debug)]
pub struct Injector<T>(Mutex<VecDeque<T>>);

/// See `real::Deque`.
#[derive(Debug)]
pub struct Deque<T>(Arc<Mutex<VecDeque<T>>>);

/// See `real::Stealer`.
#[derive(Debug)]
pub struct Stealer<T>(Arc<Mutex<VecDeque<T>>>);

impl<T> Default for Injector<T> {
    fn default() -> Injector<T> {
        Injector(Mutex::new(VecDeque::new()))
    }
}

impl<T> Injector<T> {
    /// Adds at the end.
    pub fn push(&self, item: T) {
        self.0.lock().push_back(item);
    }

    /// Takes the first.
    pub fn pop(&self) -> Option<T> {
        self.0.lock().pop_front()
    }

    /// Takes the first, and moves the one after it to `local`: a batch of the smallest size.
    pub fn pop_batch(&self, local: &Deque<T>) -> Option<T> {
        let mut items = self.0.lock();
        let first = items.pop_front();
        let second = items.pop_front();
        drop(items);
        local.0.lock().extend(second);
        first
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }
}

impl<T> Default for Deque<T> {
    fn default() -> Deque<T> {
        Deque(Arc::new(Mutex::new(VecDeque::new())))
    }
}

impl<T> Deque<T> {
    /// Adds at the end.
    pub fn push(&self, item: T) {
        self.0.lock().push_back(item);
    }

    /// Takes the first.
    pub fn pop(&self) -> Option<T> {
        self.0.lock().pop_front()
    }

    /// Whether it is empty; exact for its owner while nobody steals.
    pub fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// How many items there are; exact for its owner while nobody steals.
    pub fn len(&self) -> usize {
        self.0.lock().len()
    }

    /// The right to steal from it.
    pub fn stealer(&self) -> Stealer<T> {
        Stealer(Arc::clone(&self.0))
    }
}

impl<T> Stealer<T> {
    /// Takes the first.
    pub fn steal(&self, _local: &Deque<T>) -> Option<T> {
        self.0.lock().pop_front()
    }

    /// Takes the first.
    pub fn steal_at_most(&self, local: &Deque<T>, _most: usize) -> Option<T> {
        self.steal(local)
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.0.lock().len()
    }
}
