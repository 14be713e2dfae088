//! Contexts that share an entry of the store's map: one ends while its neighbour is added.

use loom::thread;

use crate::kit::{context, end, explore, hub, int};

/// The neighbour is there afterwards, and runs once.
pub(crate) fn end_vs_add() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let (_, ticket, _result) = context(&hub);
        let taken = hub.store.take(ticket).expect("the only ticket is valid");
        let adding = {
            let hub = hub.clone();
            thread::spawn(move || context(&hub))
        };
        end(&hub, taken, int(0));
        let (id, ticket, _result) = adding.join().expect("adding does not panic");
        assert_eq!(hub.store.ids(), [id]);
        let taken = hub.store.take(ticket).expect("nothing else takes it");
        end(&hub, taken, int(0));
        assert!(hub.store.ids().is_empty());
    });
}
