//! A place for one item: what is put there comes out once, to the owner or to a thief, and is whole.

use std::sync::Arc;

use loom::thread;
use ruff::sync::OneSlot;

use crate::kit::explore;

/// The owner puts one item after the other, as `Ready::hand_on` does, while another thread takes.
pub(crate) fn put_vs_take() {
    explore(|| {
        let slot: Arc<OneSlot<Box<u32>>> = Arc::default();
        let thief = {
            let slot = slot.clone();
            thread::spawn(move || [slot.take(), slot.take()])
        };
        let mut found = Vec::new();
        for item in [1, 2] {
            found.extend(slot.take());
            found.extend(slot.put_alone(Box::new(item)).err());
        }
        found.extend(slot.take());
        found.extend(thief.join().expect("taking does not panic").into_iter().flatten());
        found.extend(slot.take());
        found.sort();
        assert_eq!(found, [Box::new(1), Box::new(2)], "each item comes out once");
    });
}

/// Two threads take at once.
pub(crate) fn two_takers() {
    explore(|| {
        let slot: Arc<OneSlot<Box<u32>>> = Arc::default();
        slot.put_alone(Box::new(1)).expect("it is empty");
        let thief = {
            let slot = slot.clone();
            thread::spawn(move || slot.take())
        };
        let mine = slot.take();
        let stolen = thief.join().expect("taking does not panic");
        assert_eq!(mine.into_iter().chain(stolen).collect::<Vec<_>>(), [Box::new(1)]);
    });
}
