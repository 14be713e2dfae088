//! L6: local deques and stealing: every context runs once.

use loom::thread;
use ruff::runtime::promise::Hub;
use ruff::runtime::ready::Seat;

use crate::kit::{context, end, explore, hub, int};

pub(crate) fn both_share_the_work() {
    explore(|| {
        let (hub, mut seats) = hub(2);
        let results: Vec<_> = (0..2)
            .map(|_| {
                let (_, ticket, result) = context(&hub);
                hub.push(ticket, Some(&seats[0]));
                result
            })
            .collect();
        let mut other = seats.remove(1);
        let worker = {
            let hub = hub.clone();
            thread::spawn(move || work(&hub, &mut other))
        };
        let mine = work(&hub, &mut seats[0]);
        let theirs = worker.join().expect("the worker does not panic");
        assert_eq!(mine + theirs, 2);
        assert!(results.iter().all(|result| result.is_settled()));
    });
}

/// The owner takes from its own deque while two others steal.
pub(crate) fn two_thieves() {
    explore(|| {
        let (hub, mut seats) = hub(3);
        for _ in 0..2 {
            let (_, ticket, _result) = context(&hub);
            hub.push(ticket, Some(&seats[0]));
        }
        let thieves = [seats.remove(1), seats.remove(1)].map(|mut seat| {
            let hub = hub.clone();
            thread::spawn(move || work(&hub, &mut seat))
        });
        let mine = work(&hub, &mut seats[0]);
        let stolen = thieves.map(|thief| thief.join().expect("the worker does not panic"));
        assert_eq!(mine + stolen[0] + stolen[1], 2);
        assert!(hub.store.ids().is_empty());
    });
}

/// What was to be the next is displaced by another, while a thief looks everywhere.
pub(crate) fn next_vs_thief() {
    explore(|| {
        let (hub, mut seats) = hub(2);
        let tickets = [context(&hub), context(&hub)].map(|(_, ticket, _result)| ticket);
        let mut other = seats.remove(1);
        let thief = {
            let hub = hub.clone();
            thread::spawn(move || work(&hub, &mut other))
        };
        tickets.into_iter().for_each(|ticket| hub.hand_on(ticket, &seats[0]));
        let mine = work(&hub, &mut seats[0]);
        let stolen = thief.join().expect("the worker does not panic");
        assert_eq!(mine + stolen, 2);
        assert!(hub.store.ids().is_empty());
    });
}

/// Works until all contexts ended; the one who ends the last closes the queues.
fn work(hub: &Hub, seat: &mut Seat) -> usize {
    let mut ran = 0;
    while let Some(ticket) = hub.ready.find(seat) {
        end(hub, hub.store.take(ticket).expect("each ticket is found once"), int(0));
        hub.activity.end_running();
        ran += 1;
        if hub.activity.counts().live == 0 {
            hub.ready.close();
        }
    }
    ran
}
