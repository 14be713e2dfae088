//! Who refers to what: counts the references to handles in what one context alone can reach.

use rustc_hash::FxHashMap;

use super::{Handle, Value};

/// So many values are looked at. What lies beyond is not seen, like everything that others can reach, too.
const MOST_VALUES: usize = 100_000;

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
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            self.looked_at += 1;
            if self.looked_at > MOST_VALUES {
                return;
            }
            match value {
                Value::Handle(handle) => self.handle(handle),
                value if value.body().is_some_and(|(_, is_unique)| is_unique) => {
                    open.extend((0..value.part_count()).filter_map(|at| value.part(at)));
                }
                _ => {}
            }
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
    use crate::value::{Resource, ResourceKind};

    struct Thing;

    impl Resource for Thing {
        fn kind(&self) -> ResourceKind {
            ResourceKind::Other("thing")
        }

        fn text(&self) -> String {
            "<thing>".to_owned()
        }
    }

    #[test]
    fn references_from_what_others_reach_are_left_out() {
        let handle = Handle::new(Thing);
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
