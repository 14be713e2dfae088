//! Seats without threads and threads without seats (L8, and L9 for the threads that are ours): a thread is reserved, the
//! seat is given, the crew closes.

use std::sync::Arc;

use loom::thread;
use ruff::runtime::crew::Crew;

use crate::kit::{explore, hub};

/// Wherever closing comes in between: all threads end, and the seat is there when the crew opens again.
pub(crate) fn give_vs_close() {
    explore(|| {
        let (_hub, mut seats) = hub(1);
        let seat = seats.remove(0);
        let crew = Arc::new(Crew::default());
        let closer = {
            let crew = crew.clone();
            thread::spawn(move || crew.close())
        };
        let serving = crew.clone();
        let serve = move || {
            while let Some(seat) = serving.take() {
                serving.rest(Some(seat));
            }
        };
        let refused = if crew.reserve(serve) {
            crew.give(seat);
            None
        } else {
            Some(seat)
        };
        closer.join().expect("closing does not panic");
        crew.join();
        let seats = crew.reopen().into_iter().chain(refused).count();
        assert_eq!(seats, 1, "a seat was lost");
    });
}
