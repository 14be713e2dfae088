//! One worker: find a ticket, thaw its context, run it, act on the halt.
//!
//! Owns: a thread and, while it has one, a seat. Does not own: contexts (the store does), waiting (promises do).
//! Invariant: between turns a worker holds no ticket and no context, so a sleeping worker cannot strand one.
//! Invariant: one activity is counted for the context in its hand, from the ticket it came by; every way out of a turn
//! gives it back, after what the turn caused has been counted.

mod ending;
mod waiting;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::crew::Crew;
use super::failure::{internal, internal_fault};
use super::freezer::Freezer;
use super::live::Live;
use super::promise::{Blocked, Promise, Resume, Ripple, Source, Verdict, awaited};
use super::ready::Seat;
use super::request::{Reply, World};
use super::schedule::Conductor;
use super::store::{FIRST, Held, Stored, Taken, Ticket};
use super::warm::Suspension;
use crate::context::{Access, Context};
use crate::snapshot;
use crate::sync::MODELLED;
use crate::value::{Fault, Handle, Parcel, Value};
use crate::vm::{Halt, Request};

/// The budget of a turn, in back edges and calls; requests are paid from it too. About a tenth of a millisecond.
const FUEL: u32 = 10_000;

/// How contexts are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Waiting contexts are frozen.
    Cooperative,
    /// Waiting contexts block their thread.
    Blocking,
    /// For tests: frozen and thawed after every instruction.
    Frozen,
}

/// What all workers have in common.
pub struct Shop {
    /// Who answers requests.
    pub world: World,
    /// The threads.
    pub crew: Crew,
    /// How contexts are run.
    pub mode: Mode,
}

/// One worker.
pub struct Worker {
    shop: Arc<Shop>,
    seat: Option<Seat>,
    /// Whether it runs turn by turn for a host, who gets the thread back when a budget is used up.
    hosted: bool,
    freezer: Freezer,
}

/// What is to be done with the context after a halt. One word and a tag, see `Halt`.
enum After {
    /// It returned.
    End,
    /// It goes on at once.
    Run,
    /// It goes on to its next safepoint, where a cancellation is thrown.
    Unwind,
    /// It waits for this promise, which was pending a moment ago.
    Wait(Handle),
    /// It joins the end of the queue.
    PushBack,
    /// It failed.
    Fail(Fault),
    /// The program ends.
    Stop,
}

/// The life of a worker's thread: sits down wherever a seat is free, until the crew is closed.
pub fn serve(shop: &Arc<Shop>) {
    while let Some(seat) = shop.crew.take() {
        let mut worker = Worker::new(Arc::clone(shop), seat);
        if MODELLED {
            worker.work();
        } else if let Err(panic) = catch_unwind(AssertUnwindSafe(|| worker.work())) {
            // Outside of the places where a panic fails one context, state may be half changed: the program ends.
            shop.world.hub.end(Verdict::Failed(internal_fault(&*panic)));
        }
        shop.crew.rest(worker.leave());
    }
}

impl Worker {
    /// A worker on a seat.
    fn new(shop: Arc<Shop>, seat: Seat) -> Worker {
        Worker { shop, seat: Some(seat), hosted: false, freezer: Freezer::default() }
    }

    /// A worker whose turns a host counts.
    pub fn hosted(shop: Arc<Shop>, seat: Seat) -> Worker {
        Worker { hosted: true, ..Worker::new(shop, seat) }
    }

    /// The seat, if it still has it.
    pub fn leave(self) -> Option<Seat> {
        self.seat.iter().for_each(|seat| self.shop.world.hub.settle_up(seat));
        self.seat
    }

    /// Works until the queues are closed or the seat is given away.
    fn work(&mut self) {
        self.seat.iter_mut().filter_map(Seat::lane_mut).for_each(|lane| lane.woke());
        while let Some(seat) = &mut self.seat {
            let World { hub, timers, time, machine, schedule, io, .. } = &self.shop.world;
            let found = match schedule {
                None => hub.ready.at_hand(seat).or_else(|| {
                    io.flush();
                    self.shop.world.show();
                    hub.settle_up(seat);
                    hub.ready.find(seat)
                }),
                Some(schedule) => {
                    hub.settle_up(seat);
                    schedule.find(hub, timers, time, &machine.program, seat)
                }
            };
            match found {
                Some(ticket) => {
                    seat.lane_mut().into_iter().for_each(|lane| lane.begin(&ticket));
                    self.turn(ticket);
                }
                None => return,
            }
            self.seat.iter_mut().filter_map(Seat::lane_mut).for_each(|lane| lane.end());
        }
    }

    /// Runs every context that is ready now, once. How many there were.
    pub fn round(&mut self) -> usize {
        let Some(seat) = &mut self.seat else { return 0 };
        let ready: Vec<Ticket> = std::iter::from_fn(|| self.shop.world.hub.ready.next(seat)).collect();
        let ran = ready.len();
        ready.into_iter().for_each(|ticket| self.turn(ticket));
        self.shop.world.io.flush();
        ran
    }

    /// Spends a ticket.
    pub fn turn(&mut self, ticket: Ticket) {
        let hub = &self.shop.world.hub;
        let Some(Taken { id, held, beside: tenant, cancels }) = hub.store.take(ticket) else {
            hub.rest(self.seat.as_ref()); // Void: it was cancelled, and went on or ended.
            return;
        };
        self.seat.iter_mut().for_each(Seat::ran);
        count_waiting(&mut self.seat, &held, -1);
        match held {
            Held::Warm(context) => {
                self.seat.iter_mut().for_each(|seat| seat.warm.forget(id));
                self.run(Live { id, context, tenant, cancels, created: None });
            }
            Held::Frozen(snapshot) => {
                let (context, thawed) = self.freezer.thaw(snapshot, &self.shop.world);
                let live = Live { id, context, tenant, cancels, created: None };
                match thawed {
                    Ok(()) => self.run(live),
                    Err(error) => self.end(live, Err(Parcel::from_fault(internal(&error.to_string())))),
                }
            }
            Held::Blocked(blocked) => {
                let seat = self.seat.take().expect("whoever found a ticket has a seat");
                blocked.parker.hand(Resume::Go { seat, tenant, cancels });
            }
        }
    }

    fn run(&mut self, mut live: Live) {
        let function = live.context.frames.first().map(|frame| frame.function);
        if let Some(seat) = &mut self.seat {
            seat.counters.runs_now(live.id.number(), function);
            seat.lane_mut().into_iter().for_each(|lane| lane.runs(function));
        }
        let mut fuel = self.resume(&mut live);
        loop {
            let after = self.go_on(&mut live, &mut fuel);
            let after = after.unwrap_or_else(|| self.out_of_fuel(&mut live, &mut fuel));
            if let Some(child) = live.created.take() {
                self.keep_warm((child, FIRST));
            }
            match after {
                After::End => {
                    let value = live.context.take_result();
                    let outcome = Ok(live.context.pack(value));
                    return self.end(live, outcome);
                }
                After::Wait(handle) => match self.wait(live, &handle, &mut fuel) {
                    None => return,
                    Some(resumed) => live = resumed,
                },
                // Also at the end of a turn: whoever clears up finds a context in the store for a moment only, by chance.
                After::Run | After::PushBack if self.shop.world.hub.is_stopped() => {
                    return self.drop_stopped(live);
                }
                After::Run => {}
                After::Unwind => fuel = self.shortest(),
                After::PushBack => return self.push_back(live, fuel),
                After::Fail(fault) => return self.fail(live, fault),
                After::Stop => return self.drop_stopped(live),
            }
        }
    }

    /// Throws what is to be thrown in a context that goes on, and gives its budget. A value that was delivered to it
    /// before wins: the context takes it first, on a budget that lasts until its next safepoint (DESIGN 2.7).
    fn resume(&self, live: &mut Live) -> u32 {
        // Held until the wait is given up: a channel that goes with it would settle the promise by its end.
        let _anchor = live.tenant.anchor.take();
        if live.cancels == 0 && !live.tenant.is_thrown() {
            return FUEL;
        }
        let Some(promise) = live.awaited() else { return self.to_next_safepoint(live) };
        if let (Some(Source::Scope(_)), Some(scope)) = (promise.source(), live.tenant.scope().cloned()) {
            // The wait for the children goes on: nothing leaves a scope before they have ended.
            let (cancels, thrown) = (std::mem::take(&mut live.cancels), live.tenant.take_thrown());
            scope.interrupt(cancels, thrown, &self.shop.world.hub);
            return FUEL;
        }
        let mut ripple = Ripple::default();
        let delivered = Promise::abandon(&promise, &mut ripple);
        ripple.run(&self.shop.world.hub, self.seat.as_ref());
        let thrown = live.tenant.take_thrown();
        if delivered {
            return self.shortest();
        }
        live.context.wait = None;
        live.context.pending = thrown;
        self.throw_cancellation(live)
    }

    /// Throws one requested cancellation, if there is one, and gives the budget until the next.
    fn throw_cancellation(&self, live: &mut Live) -> u32 {
        if live.cancels > 0 && live.context.pending.is_none() {
            live.context.pending = Some(live.take_cancellation());
        }
        if live.cancels > 0 { self.shortest() } else { FUEL }
    }

    /// The same at a safepoint. The machine stopped before an instruction, and what is pending is thrown by the one
    /// before the next: stepping over it makes the safepoint the place, so that a handler around it alone catches.
    fn throw_at_safepoint(&self, live: &mut Live) -> u32 {
        if live.context.pending.is_none()
            && let Some(frame) = live.context.frames.last_mut()
        {
            frame.ip += 1;
        }
        self.throw_cancellation(live)
    }

    /// The budget of a context that stands at a safepoint with a cancellation to throw: none, or what takes it to the next
    /// one if this one is in a `finally` clause.
    fn to_next_safepoint(&self, live: &Live) -> u32 {
        if live.is_cleaning_up(&self.shop.world.machine.program) { 1 } else { self.shortest() }
    }

    /// The budget that ends at the next safepoint. Step by step, one step is needed to get anywhere.
    fn shortest(&self) -> u32 {
        u32::from(self.shop.mode == Mode::Frozen)
    }

    /// Lets the machine run and its requests be answered, while nothing else is to be done. `None`: the budget is used up. A panic in
    /// the machine, in a native or in who answers is the context's failure and not the program's.
    fn go_on(&self, live: &mut Live, fuel: &mut u32) -> Option<After> {
        let mut go_on = || loop {
            match self.step(live, fuel) {
                Some(After::Run) if live.created.is_none() && !self.shop.world.hub.is_stopped() => {}
                after => return after,
            }
        };
        if MODELLED {
            return go_on();
        }
        catch_unwind(AssertUnwindSafe(go_on))
            .unwrap_or_else(|panic| Some(After::Fail(internal_fault(&*panic))))
    }

    /// Lets the machine run to the next halt. `None`: the budget is used up.
    fn step(&self, live: &mut Live, fuel: &mut u32) -> Option<After> {
        let halt = match self.shop.mode {
            Mode::Frozen => self.step_frozen(&mut live.context, fuel),
            Mode::Cooperative | Mode::Blocking => self.shop.world.machine.run(&mut live.context, fuel),
        };
        let (request, waits) = match halt {
            Halt::Done => return Some(After::End),
            Halt::Failed(fault) => return Some(After::Fail(fault)),
            Halt::OutOfFuel => return None,
            Halt::Waiting(handle) => return Some(After::Wait(handle)),
            Halt::Ask(request) => (request, false),
            Halt::Wait(request) => (request, true),
        };
        *fuel = fuel.saturating_sub(1);
        Some(self.submit(live, request, waits))
    }

    /// One instruction at a time, with a freeze and a thaw after each.
    fn step_frozen(&self, context: &mut Context, fuel: &mut u32) -> Halt {
        let world = &self.shop.world;
        while *fuel > 0 {
            *fuel -= 1;
            if let Some(halt) = world.machine.step(context) {
                return halt;
            }
            let snapshot = snapshot::freeze(context, &world.machine.program, world.form);
            if let Err(error) = snapshot::thaw(snapshot, &world.machine.program, context) {
                return Halt::Failed(internal(&error.to_string()));
            }
        }
        Halt::OutOfFuel
    }

    /// The budget is used up. Nothing is gained by freezing a context that would be the next anyway.
    fn out_of_fuel(&self, live: &mut Live, fuel: &mut u32) -> After {
        self.shop.world.show_if_due();
        live.cancels += self.shop.world.hub.store.take_cancels(live.id);
        if live.cancels > 0 && !live.is_cleaning_up(&self.shop.world.machine.program) {
            *fuel = self.throw_at_safepoint(live);
            return After::Run;
        }
        if !self.is_alone() {
            return After::PushBack;
        }
        *fuel = if live.cancels > 0 { self.to_next_safepoint(live) } else { FUEL };
        After::Run
    }

    /// Whether nobody else wants this thread.
    fn is_alone(&self) -> bool {
        let ready = &self.shop.world.hub.ready;
        let is_free = self.shop.world.schedule.is_none() && !self.hosted;
        is_free && self.shop.mode != Mode::Frozen && ready.is_empty() && !ready.is_closed()
    }

    /// Gives the context's turn up; it joins the end of the queue: this worker's, or everybody's if it used much of its
    /// budget. Those that only compute would otherwise go round in a worker's own queue, in front of what comes from
    /// outside.
    fn push_back(&mut self, live: Live, fuel: u32) {
        let ticket = self.store(live).ticket();
        self.shop.world.hub.push_counted(ticket, self.seat.as_ref().filter(|_| fuel > FUEL / 2));
    }

    /// Puts a context into the store. The ticket is the only way back.
    fn store(&mut self, mut live: Live) -> Stored {
        self.count(&mut live.context);
        let world = &self.shop.world;
        if world.hub.is_watched() {
            live.tenant.note_moment();
        }
        let held = self.freezer.hold(live.context, world);
        let is_warm = matches!(held, Held::Warm(_));
        count_waiting(&mut self.seat, &held, 1);
        let stored = world.hub.store.put(live.id, held, live.tenant, live.cancels);
        if is_warm {
            self.keep_warm(stored.suspension());
        }
        stored
    }

    /// Notes a suspension as warm, and freezes the one that is due for it.
    fn keep_warm(&mut self, suspension: Suspension) {
        let seat = self.seat.as_mut().expect("a running worker has its seat");
        if let Some(due) = seat.warm.keep(suspension) {
            self.freezer.chill(due, &self.shop.world, seat);
        }
    }

    /// Has a request answered, and gives the answer to the context.
    fn submit(&self, live: &mut Live, request: Box<Request>, waits: bool) -> After {
        let seat = self.seat.as_ref().expect("a running worker has its seat");
        let cancels = matches!(*request, Request::Cancel(_));
        let id = live.id;
        let reply = self.shop.world.submit(request, id, &mut live.tenant, seat);
        let context = &mut live.context;
        let goes_on = match reply {
            Reply::Promise(..) => !waits,
            Reply::Outcome(..) => false,
            _ => true,
        };
        match reply {
            Reply::Value(value) => context.answer(value),
            Reply::Parcel(parcel) => {
                let value = context.unpack(parcel, Access::ReadOnly);
                context.answer(value);
            }
            Reply::Fault(fault) => context.answer_fault(fault),
            Reply::Promise(promise, anchor) if waits => {
                let is_pending = promise.make_private();
                live.tenant.anchor = anchor;
                context.answer_later(Value::Handle(promise.handle().clone()));
                if is_pending && live.cancels == 0 {
                    return After::Wait(promise.into_handle());
                }
            }
            Reply::Outcome([own, parker], anchor) => {
                live.tenant.anchor = Some(anchor);
                context.answer_later(Value::Handle(own.into_handle()));
                if live.cancels == 0 {
                    return After::Wait(parker.into_handle());
                }
            }
            Reply::Promise(promise, _) => context.answer(Value::Handle(promise.into_handle())),
            Reply::Spawned(child, promise) => {
                context.answer(Value::Handle(promise.into_handle()));
                live.created = self.shop.world.keeps_warm.then_some(child);
            }
            Reply::Closed(closed) => {
                live.cancels += self.shop.world.hub.store.take_cancels(id);
                live.leave_scope(closed);
            }
            Reply::Yield => {
                context.answer(Value::Null);
                // What was cancelled meanwhile is seen when it goes on.
                if !self.is_alone() {
                    return After::PushBack;
                }
                live.cancels += self.shop.world.hub.store.take_cancels(live.id);
                if live.cancels > 0 {
                    return After::PushBack;
                }
            }
            Reply::Stop => return After::Stop,
        }
        if cancels {
            // It may have cancelled itself.
            live.cancels += self.shop.world.hub.store.take_cancels(id);
        }
        if live.cancels > 0 {
            return After::Unwind;
        }
        if goes_on && live.context.pending.is_none() && self.is_switched() {
            After::PushBack
        } else {
            After::Run
        }
    }

    /// Whether a schedule lets others go first after a request: contexts meet nowhere else.
    fn is_switched(&self) -> bool {
        self.shop.world.schedule.as_ref().is_some_and(Conductor::switches)
    }

    fn count(&self, context: &mut Context) {
        if let Some(seat) = &self.seat {
            seat.counters.switches.add_alone(1);
            seat.counters.inline_awaits.add_alone(std::mem::take(&mut context.inline_awaits).into());
        }
    }
}

/// A context goes into the store (1) or comes out of it (-1): counts it if it waits.
fn count_waiting(seat: &mut Option<Seat>, held: &Held<Blocked>, by: i64) {
    if awaited(held).is_some() {
        seat.iter_mut().for_each(|seat| seat.count_waiting(by));
    }
}
