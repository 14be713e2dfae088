//! Things to do at a moment, in order: a wheel of wheels.
//!
//! Owns: entries, each under a moment (a number that only grows). A wheel has 64 slots, one for each value of one digit of
//! the moment in base 64; the level of an entry is the highest digit in which its moment differs from `reached`, so all
//! entries of a level come before those of the next, and within a level the slots are in order.
//! Invariant: entries come out ordered by moment and, at one moment, in the order in which they went in: entries of one
//! moment are always in one slot, slots are lists, and a slot is spread over lower levels from front to back.
//! Cost: to put one in is a push to a list; until it comes out it is moved once per level at most, five times for a wait of
//! ten seconds counted in nanoseconds. No entry is looked for, so a million of them cost little more than a thousand.
//! Does not: know clocks or threads.

/// Bits of a digit.
const DIGIT: u32 = 6;
/// Slots of a wheel.
const SLOTS: usize = 1 << DIGIT;
/// Digits of a moment.
const LEVELS: usize = u64::BITS.div_ceil(DIGIT) as usize;
/// So many entries are kept room for in a slot that is emptied: more is memory that may not be needed again. Slots with
/// fewer are not swept.
const KEPT: usize = 64;

#[derive(Debug)]
struct Entry<T> {
    at: u64,
    item: T,
}

#[derive(Debug)]
struct Slot<T> {
    entries: Vec<Entry<T>>,
    /// The earliest moment among them; `u64::MAX` if there is none.
    earliest: u64,
}

impl<T> Default for Slot<T> {
    fn default() -> Slot<T> {
        Slot { entries: Vec::new(), earliest: u64::MAX }
    }
}

impl<T> Slot<T> {
    fn push(&mut self, entry: Entry<T>) {
        self.earliest = self.earliest.min(entry.at);
        self.entries.push(entry);
    }

    /// Whether it would have to grow.
    fn is_full(&self) -> bool {
        self.entries.len() >= KEPT && self.entries.len() == self.entries.capacity()
    }

    /// Takes out what `is_dead`, and makes room for as many more entries as are left: so each is looked at a few times only.
    fn sweep(&mut self, is_dead: impl Fn(&T) -> bool) -> Vec<T> {
        let dead =
            self.entries.extract_if(.., |entry| is_dead(&entry.item)).map(|entry| entry.item).collect();
        self.earliest = self.entries.iter().map(|entry| entry.at).min().unwrap_or(u64::MAX);
        self.entries.reserve(self.entries.len());
        dead
    }
}

#[derive(Debug)]
struct Wheel<T> {
    slots: [Slot<T>; SLOTS],
    /// The slots that hold something, a bit each.
    occupied: u64,
}

impl<T> Wheel<T> {
    fn new() -> Box<Wheel<T>> {
        Box::new(Wheel { slots: std::array::from_fn(|_| Slot::default()), occupied: 0 })
    }

    /// The first slot that holds something.
    fn first(&self) -> Option<usize> {
        (self.occupied != 0).then(|| self.occupied.trailing_zeros() as usize)
    }
}

/// Items ordered by moment, then by age.
#[derive(Debug)]
pub struct Deadlines<T> {
    /// By level. A wheel is made when it is first needed.
    wheels: [Option<Box<Wheel<T>>>; LEVELS],
    /// No entry lies before this moment.
    reached: u64,
    len: usize,
}

impl<T> Default for Deadlines<T> {
    fn default() -> Deadlines<T> {
        Deadlines { wheels: [const { None }; LEVELS], reached: 0, len: 0 }
    }
}

impl<T> Deadlines<T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts an item in. A moment before one that came out already counts as that one. Where room is short, items that
    /// `is_dead` are taken out first and given back, in no order.
    pub fn insert(&mut self, at: u64, item: T, is_dead: impl Fn(&T) -> bool) -> Vec<T> {
        let entry = Entry { at: at.max(self.reached), item };
        let slot = self.slot_for(entry.at);
        let dead = if slot.is_full() { slot.sweep(is_dead) } else { Vec::new() };
        slot.push(entry);
        self.len = self.len + 1 - dead.len();
        dead
    }

    /// The moment of the first.
    pub fn first(&self) -> Option<u64> {
        let (level, slot) = self.first_slot()?;
        self.wheels[level].as_ref().map(|wheel| wheel.slots[slot].earliest)
    }

    /// The moment of the first that is not dead. Looks at every entry of the first slots; the dead among them are taken out and
    /// given back, in no order.
    pub fn first_living(&mut self, is_dead: impl Fn(&T) -> bool) -> (Option<u64>, Vec<T>) {
        let mut swept = Vec::new();
        while let Some((level, slot)) = self.first_slot()
            && let Some(wheel) = &mut self.wheels[level]
        {
            let dead = wheel.slots[slot].sweep(&is_dead);
            self.len -= dead.len();
            swept.extend(dead);
            if !wheel.slots[slot].entries.is_empty() {
                return (Some(wheel.slots[slot].earliest), swept);
            }
            wheel.occupied &= !(1 << slot);
        }
        (None, swept)
    }

    /// Takes out all that are not after `now`, in order.
    pub fn due(&mut self, now: u64) -> Vec<T> {
        let mut due = Vec::new();
        while let Some((level, slot)) = self.first_slot()
            && let Some(wheel) = &mut self.wheels[level]
            && wheel.slots[slot].earliest <= now
        {
            wheel.occupied &= !(1 << slot);
            let Slot { entries: mut emptied, earliest } = std::mem::take(&mut wheel.slots[slot]);
            self.reached = earliest;
            if emptied.iter().all(|entry| entry.at <= now) {
                // Always so on the lowest level, whose slots are one moment each.
                emptied.sort_by_key(|entry| entry.at);
                self.reached = emptied.last().map_or(earliest, |entry| entry.at);
                due.extend(emptied.drain(..).map(|entry| entry.item));
            } else {
                emptied.drain(..).for_each(|entry| self.slot_for(entry.at).push(entry));
            }
            if let Some(wheel) = &mut self.wheels[level]
                && emptied.capacity() <= KEPT
            {
                wheel.slots[slot].entries = emptied;
            }
        }
        self.len -= due.len();
        due
    }

    fn first_slot(&self) -> Option<(usize, usize)> {
        self.wheels
            .iter()
            .enumerate()
            .find_map(|(level, wheel)| wheel.as_ref()?.first().map(|slot| (level, slot)))
    }

    /// Where an entry of this moment belongs; whoever asks puts one there.
    fn slot_for(&mut self, at: u64) -> &mut Slot<T> {
        let difference = at ^ self.reached;
        let level = (u64::BITS - (difference | 1).leading_zeros() - 1) / DIGIT;
        let slot = (at >> (level * DIGIT)) as usize % SLOTS;
        let wheel = self.wheels[level as usize].get_or_insert_with(Wheel::new);
        wheel.occupied |= 1 << slot;
        &mut wheel.slots[slot]
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::{BTreeSet, HashSet};

    use proptest::prelude::*;

    use super::Deadlines;

    /// What may be done: put some in so far ahead, let time pass, let every item die whose number is a multiple, or ask for
    /// the first that lives.
    #[derive(Clone, Debug)]
    enum Step {
        Insert(u64, usize),
        Pass(u64),
        Die(usize),
        Look,
    }

    fn span() -> impl Strategy<Value = u64> {
        prop_oneof![Just(0), 0..3_u64, 0..100_u64, 0..5_000_000_u64, 0..(1_u64 << 40), 0..(1_u64 << 62)]
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (span(), prop_oneof![Just(1_usize), 1..300_usize]).prop_map(|(ahead, count)| Step::Insert(ahead, count)),
            3 => span().prop_map(Step::Pass),
            1 => (2..5_usize).prop_map(Step::Die),
            1 => Just(Step::Look),
        ]
    }

    proptest! {
        #[test]
        fn they_come_out_like_from_a_sorted_set(steps in prop::collection::vec(step(), 1..60)) {
            let (mut wheels, mut sorted) = (Deadlines::default(), BTreeSet::new());
            let dead = RefCell::new(HashSet::new());
            let (mut now, mut numbers, mut swept) = (0_u64, 0..usize::MAX, 0);
            for step in steps {
                match step {
                    Step::Insert(ahead, count) => for number in numbers.by_ref().take(count) {
                        let at = now.saturating_add(ahead);
                        for item in wheels.insert(at, number, |item| dead.borrow().contains(item)) {
                            prop_assert!(dead.borrow_mut().remove(&item), "it was alive, or is swept twice");
                            sorted.retain(|&(_, other)| other != item);
                            swept += 1;
                        }
                        sorted.insert((at, number));
                    },
                    Step::Pass(time) => {
                        now = now.saturating_add(time);
                        let later = sorted.split_off(&(now, usize::MAX));
                        let due: Vec<usize> = std::mem::replace(&mut sorted, later).into_iter().map(|it| it.1).collect();
                        prop_assert_eq!(wheels.due(now), due);
                    }
                    Step::Look => {
                        let (first, taken) = wheels.first_living(|item| dead.borrow().contains(item));
                        sorted.retain(|(_, item)| !taken.contains(item));
                        taken.iter().for_each(|item| assert!(dead.borrow_mut().remove(item), "it was alive"));
                        let living = sorted.iter().find(|(_, item)| !dead.borrow().contains(item));
                        prop_assert_eq!(first, living.map(|it| it.0));
                    }
                    Step::Die(multiple) => {
                        dead.borrow_mut().extend(sorted.iter().map(|it| it.1).filter(|item| item.is_multiple_of(multiple)));
                    }
                }
                prop_assert_eq!(wheels.len(), sorted.len());
                prop_assert_eq!(wheels.first(), sorted.first().map(|it| it.0));
            }
            prop_assert!(swept <= numbers.start);
        }
    }

    #[test]
    fn the_dead_make_room() {
        let mut wheels = Deadlines::default();
        for number in 0..1_000_000_u64 {
            drop(wheels.insert((1 << 40) | (number % 1000), number, |_| true));
        }
        assert!(wheels.len() <= 2 * super::KEPT, "{} are left", wheels.len());
    }

    #[test]
    fn what_lies_behind_is_due_at_once() {
        let mut wheels = Deadlines::default();
        let never = |_: &&str| false;
        wheels.insert(1000, "a", never);
        assert_eq!(wheels.due(2000), ["a"]);
        wheels.insert(10, "late", never);
        wheels.insert(1000, "as late", never);
        assert_eq!(wheels.due(2000), ["late", "as late"]);
        assert!(wheels.is_empty());
    }
}
