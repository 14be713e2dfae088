//! Who refers to what: counts the references to handles in what one context alone can reach.

use rustc_hash::FxHashMap;

use super::{Handle, Value};

/// So many values are looked at: whoever looks may hold a lock. What lies beyond is not seen, like what others can reach, too.
const MOST_VALUES: usize = 10_000;

/// References to handles, by the address of what they refer to.
#[derive(Debug, Default)]
pub struct References {
    counts: FxHashMap<usize, usize>,
    looked_at: usize,
}

impl References {
    /// One reference.
    pub fn handle(&mut self, handle: &Handle) {
        *self.counts.entry(handle.address()).or_default() += 1;
    }

    /// Those in a value. A body with other references to it may be reached from elsewhere, so what it holds is left out.
    pub fn value(&mut self, value: &Value) {
        // Bodies and where in them it goes on.
        let mut open: Vec<(&Value, usize)> = Vec::new();
        let mut next = Some(value);
        loop {
            match next {
                Some(_) if self.looked_at == MOST_VALUES => return,
                Some(Value::Handle(handle)) => self.handle(handle),
                Some(value) if value.body().is_some_and(|(_, is_unique)| is_unique) => open.push((value, 0)),
                Some(_) => {}
                None => drop(open.pop()),
            }
            self.looked_at += usize::from(next.is_some());
            let Some((body, at)) = open.last_mut() else { return };
            next = body.part(*at);
            *at += 1;
        }
    }

    /// How many there are to each.
    pub fn counts(&self) -> impl Iterator<Item = (usize, usize)> {
        self.counts.iter().map(|(address, count)| (*address, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::handle::tests::Chest;

    #[test]
    fn values_that_are_too_many_are_not_looked_at() {
        let handle = Handle::new(Chest(()));
        let many = |count: usize| {
            let numbers = (0..count).map(|number| Value::Int(number as i64));
            Value::array(numbers.chain([Value::Handle(handle.clone())]).collect())
        };
        for (count, seen) in [(MOST_VALUES / 2, 1), (MOST_VALUES, 0)] {
            let mut references = References::default();
            references.value(&many(count));
            assert_eq!(references.counts().map(|(_, count)| count).sum::<usize>(), seen);
        }
    }

    #[test]
    fn references_from_what_others_reach_are_left_out() {
        let handle = Handle::new(Chest(()));
        let pair = |a: Value| Value::array(vec![a, Value::Handle(handle.clone())]);
        let (own, shared) = (pair(pair(Value::Int(1))), pair(Value::Null));
        let elsewhere = shared.clone();
        let mut references = References::default();
        for value in [&own, &shared, &Value::Handle(handle.clone())] {
            references.value(value);
        }
        assert_eq!(references.counts().collect::<Vec<_>>(), [(handle.address(), 3)]);
        drop(elsewhere);
        references.value(&shared);
        assert_eq!(references.counts().collect::<Vec<_>>(), [(handle.address(), 4)]);
        assert_eq!(
            handle.references(),
            4,
            "the parameter's are gone: two in `own`, one in `shared`, and itself"
        );
    }
}
