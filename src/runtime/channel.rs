//! Channels: queues of values between contexts.
//!
//! Owns: buffered values, and beside them the duties towards waiting receivers and senders.
//! Invariant: receivers wait only while nothing is buffered and no sender waits; both sides are served in the order in
//! which they came. A value leaves the channel only into a promise that accepted it, so a receiver that was cancelled or
//! timed out loses nothing: the next one gets it.
//! Invariant: duties that are the channel's alone are done at the latest when it is dropped.
//! Locks: a channel's lock may be held while a promise's is taken, never the reverse. Tickets are pushed after both are
//! released (`Ripple`), near the seat of the context that sent or received.

use std::collections::VecDeque;
use std::sync::Arc;

use super::promise::{Hub, Owed, Private, Promise, Ripple, Settler, Source, wrap};
use super::ready::Seat;
use crate::sync::Mutex;
use crate::value::{ErrorKind, Fault, Outcome, Parcel, Resource, ResourceKind, Value};

/// The duty towards a waiting receiver.
#[derive(Debug)]
pub enum Duty {
    /// This channel's alone.
    Sole(Owed),
    /// A timer may settle it too.
    Timed(Arc<Settler>),
    /// One of several channels: `[index, value]`.
    Selected(Arc<Settler>, u32),
}

/// In which form a receiver wants its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `v`, or null when closed and drained.
    Plain,
    /// `Some(v)`, or `None` when closed and drained.
    Option,
}

impl Shape {
    /// A received value in this form.
    pub fn of(self, received: Option<Parcel>) -> Parcel {
        match (self, received) {
            (Shape::Plain, Some(parcel)) => parcel,
            (Shape::Plain, None) => Parcel::plain(Value::Null),
            (Shape::Option, Some(parcel)) => wrap(parcel, Value::Some),
            (Shape::Option, None) => Parcel::plain(Value::None),
        }
    }
}

#[derive(Debug)]
struct Receiver {
    duty: Duty,
    shape: Shape,
}

impl Receiver {
    /// Gives a value, or the news that none will come. The value comes back if the receiver no longer waits.
    fn offer(self, received: Option<Parcel>, ripple: &mut Ripple) -> Result<(), Option<Parcel>> {
        match (self.duty, self.shape, received) {
            // As it is, and so it comes back. What is wrapped on its way is copied each time.
            (Duty::Sole(owed), Shape::Plain, Some(parcel)) => {
                owed.discharge(Ok(parcel), ripple).map_err(Result::ok)
            }
            (Duty::Timed(settler), Shape::Plain, Some(parcel)) => {
                settler.offer(Ok(parcel), ripple).map_err(Result::ok)
            }
            (duty, shape, received) => {
                let parcel = shape.of(received.clone());
                let offered = match duty {
                    Duty::Sole(owed) => owed.discharge(Ok(parcel), ripple),
                    Duty::Timed(settler) => settler.offer(Ok(parcel), ripple),
                    Duty::Selected(settler, index) => {
                        settler.offer(Ok(selected(i64::from(index), parcel)), ripple)
                    }
                };
                offered.map_err(|_| received)
            }
        }
    }

    fn is_waiting(&self) -> bool {
        let promise = match &self.duty {
            Duty::Sole(owed) => owed.promise(),
            Duty::Timed(settler) | Duty::Selected(settler, _) => settler.promise(),
        };
        !promise.is_settled()
    }
}

/// `[index, value]`, what `select` gives.
pub fn selected(index: i64, parcel: Parcel) -> Parcel {
    Parcel { value: Value::array(vec![Value::Int(index), parcel.value]), cells: parcel.cells }
}

#[derive(Debug)]
struct Sender {
    value: Parcel,
    owed: Owed,
}

#[derive(Debug, Default)]
struct State {
    buffer: VecDeque<Parcel>,
    receivers: VecDeque<Receiver>,
    senders: VecDeque<Sender>,
    closed: bool,
    /// When to drop receivers that no longer wait.
    sweep_at: usize,
}

/// A channel.
#[derive(Debug)]
pub struct Channel {
    capacity: Option<usize>,
    state: Mutex<State>,
    /// Those who wait alone are told by the channel when it is dropped, so their duties need no hub of their own.
    hub: Arc<Hub>,
}

/// What a send or receive came to at once.
#[derive(Debug)]
pub enum Exchange<T> {
    /// Done.
    Now(T),
    /// It must wait for this, which nobody else knows.
    Later(Private),
}

impl Channel {
    /// A channel that holds `capacity` values; unbounded without.
    pub fn new(hub: &Arc<Hub>, capacity: Option<usize>) -> Channel {
        Channel { capacity, state: Mutex::new(State::default()), hub: Arc::clone(hub) }
    }

    /// Sends. ValueError if it is closed.
    pub fn send(&self, seat: Option<&Seat>, value: Parcel) -> Result<Exchange<()>, Fault> {
        let mut ripple = Ripple::default();
        let sent = self.send_with(value, &mut ripple);
        ripple.run(&self.hub, seat);
        sent
    }

    /// Receives, or waits for a value.
    pub fn receive(&self, seat: Option<&Seat>, shape: Shape) -> Exchange<Parcel> {
        let mut state = self.state.lock();
        // Most receivers wait: known without what `take` wraps twice and copies.
        if state.is_bare() {
            return Exchange::Later(state.stand_in_line(shape));
        }
        let mut ripple = Ripple::default();
        let exchange = match state.take(&mut ripple) {
            Some(received) => Exchange::Now(shape.of(received)),
            None => Exchange::Later(state.stand_in_line(shape)),
        };
        drop(state);
        ripple.run(&self.hub, seat);
        exchange
    }

    /// Receives for a duty that something else may do first. A value goes to it now or later, or stays here.
    pub fn receive_for(&self, seat: Option<&Seat>, duty: Duty) {
        let receiver = Receiver { duty, shape: Shape::Plain };
        let mut ripple = Ripple::default();
        let mut state = self.state.lock();
        match state.take(&mut ripple) {
            None => state.enqueue(receiver),
            Some(received) => {
                if let Err(Some(back)) = receiver.offer(received, &mut ripple) {
                    state.buffer.push_front(back);
                }
            }
        }
        drop(state);
        ripple.run(&self.hub, seat);
    }

    /// Receives if that needs no waiting: `None` if it would, `Some(None)` if the channel is closed and drained.
    pub fn try_receive(&self, seat: Option<&Seat>) -> Option<Option<Parcel>> {
        let mut ripple = Ripple::default();
        let received = self.state.lock().take(&mut ripple);
        ripple.run(&self.hub, seat);
        received
    }

    /// Closes; false if it was closed. Buffered values stay; all who wait are told.
    pub fn close(&self, seat: Option<&Seat>) -> bool {
        let mut ripple = Ripple::default();
        let mut state = self.state.lock();
        let first = !std::mem::replace(&mut state.closed, true);
        let (receivers, senders) = (std::mem::take(&mut state.receivers), std::mem::take(&mut state.senders));
        drop(state);
        for receiver in receivers {
            let _ = receiver.offer(None, &mut ripple);
        }
        for sender in senders {
            let _ = sender.owed.discharge(Err(Parcel::from_fault(closed())), &mut ripple);
        }
        ripple.run(&self.hub, seat);
        first
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// The number of buffered values.
    pub fn len(&self) -> usize {
        self.state.lock().buffer.len()
    }

    /// Whether nothing is buffered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn send_with(&self, value: Parcel, ripple: &mut Ripple) -> Result<Exchange<()>, Fault> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(closed());
        }
        let mut value = Some(value);
        while let Some(receiver) = state.receivers.pop_front() {
            match receiver.offer(value, ripple) {
                Ok(()) => return Ok(Exchange::Now(())),
                Err(back) => value = back,
            }
        }
        let Some(value) = value else { return Ok(Exchange::Now(())) };
        if self.capacity.is_none_or(|capacity| state.buffer.len() < capacity) {
            state.buffer.push_back(value);
            if self.capacity.is_none() {
                self.hub.longest_channel.raise(state.buffer.len() as u64);
            }
            return Ok(Exchange::Now(()));
        }
        let (promise, owed) = Promise::private(Source::Send);
        state.senders.push_back(Sender { value, owed });
        Ok(Exchange::Later(promise))
    }
}

impl State {
    /// Whether nothing can be taken, and something may come.
    fn is_bare(&self) -> bool {
        self.buffer.is_empty() && self.senders.is_empty() && !self.closed
    }

    /// The next value: buffered, or of the sender that has waited longest. `None` if a receiver must wait.
    fn take(&mut self, ripple: &mut Ripple) -> Option<Option<Parcel>> {
        let received = match self.buffer.pop_front() {
            Some(value) => {
                let refill = self.next_sent(ripple);
                self.buffer.extend(refill);
                Some(value)
            }
            None => self.next_sent(ripple),
        };
        if received.is_none() && !self.closed {
            return None;
        }
        Some(received)
    }

    /// The value of the first sender that still waits; its send is done.
    fn next_sent(&mut self, ripple: &mut Ripple) -> Option<Parcel> {
        while let Some(sender) = self.senders.pop_front() {
            if sender.owed.discharge(sent(), ripple).is_ok() {
                return Some(sender.value);
            }
        }
        None
    }

    /// A receiver that waits alone: what it waits for.
    fn stand_in_line(&mut self, shape: Shape) -> Private {
        let (promise, owed) = Promise::private(Source::Receive);
        self.enqueue(Receiver { duty: Duty::Sole(owed), shape });
        promise
    }

    /// Receivers that gave up stay in line until a value passes by; on a silent channel they are swept instead.
    fn enqueue(&mut self, receiver: Receiver) {
        if self.receivers.len() >= self.sweep_at.max(16) {
            self.receivers.retain(Receiver::is_waiting);
            self.sweep_at = self.receivers.len() * 2;
        }
        self.receivers.push_back(receiver);
    }
}

/// Nothing can come through it any more.
impl Drop for Channel {
    fn drop(&mut self) {
        let State { receivers, senders, .. } = std::mem::take(self.state.get_mut());
        let waiting = receivers.into_iter().filter_map(|receiver| match receiver.duty {
            Duty::Sole(owed) => Some(owed),
            Duty::Timed(_) | Duty::Selected(..) => None,
        });
        waiting.chain(senders.into_iter().map(|sender| sender.owed)).for_each(|owed| owed.fail(&self.hub));
    }
}

fn sent() -> Outcome {
    Ok(Parcel::plain(Value::Bool(true)))
}

fn closed() -> Fault {
    Fault::new(ErrorKind::ValueError, "Channel is closed")
}

impl Resource for Channel {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Channel
    }

    fn text(&self) -> String {
        "<channel>".to_owned()
    }
}
