//! What scripts ask of the world, and who answers.
//!
//! Owns: the one `match` on `vm::Request`: each request becomes an answer at once or one promise.
//! Does not: touch the asking context. The worker gives it the reply.

mod library;

use std::sync::Arc;

use super::channel::{Channel, Duty, Exchange, Shape, selected};
use super::deferred::Resolver;
use super::failure::timed_out;
use super::io::{Begun, Io, left_open};
use super::keep::Memory;
use super::output::{Output, Shown};
use super::promise::{
    Channels, Closed, Closing, Combination, Hub, Kind, Origin, Private, Promise, Ripple, Scope, Source,
    Tenant, Verdict, cancelled,
};
use super::random::Generator;
use super::ready::Seat;
use super::schedule::Conductor;
use super::shared::{Act, Acted, Environment, SharedStore, missing};
use super::store::{ContextId, Held, Progress};
use super::time::Time;
use super::timer::{Alarm, Timers, duration};
use crate::context::Context;
use crate::snapshot::{self, Form};
use crate::value::{ErrorKind, Fault, Handle, Hop, Parcel, Shared, Text, Value};
use crate::vm::{Clock, FileRequest, Machine, ProcessRequest, RandomRequest, Request, Stream};

/// Everything that answers.
pub struct World {
    /// Waiting contexts and ready ones.
    pub hub: Arc<Hub>,
    /// What runs contexts.
    pub machine: Arc<Machine>,
    /// The form of parked snapshots.
    pub form: Form,
    /// Whether contexts are left as they are for a while before they are frozen.
    pub keeps_warm: bool,
    /// Where printed text goes.
    pub output: Arc<dyn Output>,
    /// When it was last made visible.
    pub shown: Shown,
    /// Deadlines.
    pub timers: Timers,
    /// Files, terminal, computations.
    pub io: Io,
    /// The shared store.
    pub shared: SharedStore,
    /// What library functions remember.
    pub memory: Memory,
    /// The program's generator of random numbers.
    pub random: Generator,
    /// Environment variables.
    pub environment: Environment,
    /// The clock.
    pub time: Arc<Time>,
    /// What decides about the order of everything, if that is not left to chance.
    pub schedule: Option<Conductor>,
}

/// The answer to a request.
#[must_use]
#[derive(Debug)]
pub enum Reply {
    /// This value.
    Value(Value),
    /// This value, which comes from another context.
    Parcel(Parcel),
    /// This error.
    Fault(Fault),
    /// This promise. While the context waits for it, this stays alive.
    Promise(Shared<Promise>, Option<Handle>),
    /// The outcome of this promise, which was just made for it and is private. This stays alive meanwhile.
    Outcome(Private, Handle),
    /// The promise of this new context, which the seat has not noted yet.
    Spawned(ContextId, Shared<Promise>),
    /// Null, or the failure, of the asking context's innermost scope, which is closed.
    Closed(Closed),
    /// Null, after the other ready contexts.
    Yield,
    /// None: the program ends.
    Stop,
}

impl From<bool> for Reply {
    fn from(value: bool) -> Reply {
        Reply::Value(Value::Bool(value))
    }
}

impl From<Result<Value, Fault>> for Reply {
    fn from(result: Result<Value, Fault>) -> Reply {
        result.map_or_else(Reply::Fault, Reply::Value)
    }
}

impl From<Shared<Promise>> for Reply {
    fn from(promise: Shared<Promise>) -> Reply {
        Reply::Promise(promise, None)
    }
}

impl From<Begun> for Reply {
    fn from(begun: Begun) -> Reply {
        match begun {
            Begun::Now(result) => result.into(),
            Begun::Later(promise, guard) => Reply::Promise(promise, guard),
        }
    }
}

impl From<Result<Reply, Fault>> for Reply {
    fn from(result: Result<Reply, Fault>) -> Reply {
        result.unwrap_or_else(Reply::Fault)
    }
}

impl World {
    /// Answers one request of the context `id`, which runs on `seat`.
    #[expect(clippy::boxed_local, reason = "out of the box it would be copied once more")]
    pub fn submit(&self, request: Box<Request>, id: ContextId, tenant: &mut Tenant, seat: &Seat) -> Reply {
        match *request {
            Request::Spawn { context, site } => {
                if let Some(signal) = tenant.take_enlisted() {
                    return self.handle_signal(signal, *context, tenant.origin_at(site));
                }
                let origin = Some(tenant.origin_at(site));
                let (child, promise) = self.admit(context, Progress::Unstarted, origin, Some(seat));
                if let Some(scope) = tenant.scope() {
                    scope.adopt(&promise, &self.hub);
                }
                Reply::Spawned(child, promise)
            }
            Request::OpenScope => {
                let scope = Scope::open(id, tenant.take_scope());
                tenant.set_scope(Some(Arc::clone(&scope)));
                Reply::Value(Value::Handle(Handle::new(scope)))
            }
            Request::CloseScope { scope, failed } => self.close_scope(&scope, failed, tenant),
            Request::Yield => Reply::Yield,
            Request::Print { stream, text } => self.print(stream, &text),
            Request::Flush => self.flush(),
            Request::Input { prompt } => self.input(&prompt),
            Request::Exit { code } => self.exit(code),
            Request::Clock(clock) => Reply::Value(self.clock(clock)),
            Request::Random(request) => self.random(*request).into(),
            Request::Env(request) => self.environment.answer(*request, &*self.output).into(),
            Request::File(request) => self.io.file(&self.hub, *request).into(),
            Request::Process(request) => self.process(*request).into(),
            Request::Net(request) => self.io.net(&self.hub, *request).into(),
            Request::Fetch(request) => self.io.fetch(&self.hub, *request).into(),
            Request::Serve(request) => self.io.serve(&self.hub, *request, id).into(),
            Request::Database(request) => self.io.database(&self.hub, *request, id).into(),
            Request::Compute(job) => self.io.compute(&self.hub, job).into(),
            Request::Sleep { ms } => self.timer(ms).into(),
            Request::All(items) => Combination::of(&self.hub, Kind::All, items).into(),
            Request::Race(items) => Combination::of(&self.hub, Kind::Race, items).into(),
            Request::Any(items) => Combination::of(&self.hub, Kind::Any, items).into(),
            Request::Settled(items) => Combination::of(&self.hub, Kind::Settled, items).into(),
            Request::Gather(items, form) => {
                // The calls are the scope's children: it cancels them, and says how they failed.
                let in_scope = tenant.scope().is_some();
                let all = Combination::of(&self.hub, Kind::Gathered { form, in_scope }, items);
                if in_scope {
                    all.mark_awaited();
                }
                all.into()
            }
            Request::Timeout { promise, ms } => self.timeout(promise, ms).into(),
            Request::Cancel(handle) => {
                promise(&handle).map(|promise| Value::Bool(self.cancel(&promise))).into()
            }
            Request::IsSettled(handle) => {
                promise(&handle).map(|promise| Value::Bool(promise.is_settled())).into()
            }
            Request::PromiseState(handle) => {
                promise(&handle).map(|promise| Value::text(promise.state_name())).into()
            }
            Request::Resolved(parcel) => Promise::settled(&self.hub, Ok(parcel)).into(),
            Request::Rejected(parcel) => Promise::settled(&self.hub, Err(parcel)).into(),
            Request::Channel { capacity } => {
                Reply::Value(Value::Handle(Handle::new(Channel::new(&self.hub, capacity))))
            }
            Request::Send { channel, value } => self.send(channel, seat, value.sent()),
            Request::Receive { channel, ms: None } => self.receive(channel, seat, Shape::Plain),
            Request::Receive { channel, ms: Some(ms) } => self.receive_within(&channel, seat, ms).into(),
            Request::ReceiveNext { channel } => self.receive(channel, seat, Shape::Option),
            Request::TryReceive { channel } => self.try_receive(&channel, seat).into(),
            Request::Close { channel: handle } => {
                channel(&handle).map(|it| Value::Bool(it.close(Some(seat)))).into()
            }
            Request::IsClosed { channel: handle } => {
                channel(&handle).map(|it| Value::Bool(it.is_closed())).into()
            }
            Request::ChannelLen { channel: handle } => {
                channel(&handle).map(|it| Value::Int(it.len() as i64)).into()
            }
            Request::Select { channels, ms } => self.select(channels, seat, ms).into(),
            Request::SharedSet { key, value } => self.act(&key, Act::Set(value), id).into(),
            Request::SharedGet { key, default } => match (self.shared.get(&key), default) {
                (Some(parcel), _) => Reply::Parcel(parcel),
                (None, Some(default)) => Reply::Value(default),
                (None, None) => Reply::Fault(missing("shared_get", key.as_str())),
            },
            Request::SharedHas { key } => self.shared.has(&key).into(),
            Request::SharedDelete { key } => self.act(&key, Act::Delete, id).into(),
            Request::SharedKeys => Reply::Value(Value::array(self.shared.keys())),
            Request::SharedAddInt { key, delta, init } => {
                self.act(&key, Act::AddInt { delta, init }, id).into()
            }
            Request::SharedHold { key } => self.act(&key, Act::Hold(id), id).into(),
            Request::SharedRelease { key, value } => {
                self.shared.release(&self.hub, &key, value);
                Reply::Value(Value::Null)
            }
            Request::Keep(request) => self.keep(*request).into(),
            Request::Gate(request) => self.gate(request, id).into(),
            Request::Deferred => {
                let (promise, settler) = Promise::pair(&self.hub, Source::Deferred);
                let resolver = Handle::new(Resolver::new(settler));
                Reply::Value(Value::array(vec![
                    Value::Handle(promise.into_handle()),
                    Value::Handle(resolver),
                ]))
            }
            Request::Settle(settling) => {
                let (handle, outcome) = *settling;
                let resolver = handle.get::<Resolver>().ok_or_else(|| wrong_handle("resolver", &handle));
                resolver.map(|resolver| Value::Bool(resolver.settle(outcome))).into()
            }
            Request::OnSignal(signal) => self.on_signal(signal, tenant).into(),
            Request::OnExit(function) => {
                self.on_exit(function);
                Reply::Value(Value::Null)
            }
            Request::NextExit => self.next_exit().map_or(Reply::Value(Value::Null), Reply::Parcel),
            Request::WorkerCount => Reply::Value(Value::Int(self.hub.ready.workers() as i64)),
        }
    }

    /// Adds a context and makes it ready. `origin` says where it comes from, if it is not the main context. What is created
    /// on a seat may be warm, and is then to be noted there.
    pub fn admit(
        &self,
        mut context: Box<Context>,
        progress: Progress,
        origin: Option<Arc<Origin>>,
        seat: Option<&Seat>,
    ) -> (ContextId, Shared<Promise>) {
        let held = match self.keeps_warm && seat.is_some() {
            true => Held::Warm(context),
            false => Held::Frozen(snapshot::freeze(&mut context, &self.machine.program, self.form)),
        };
        self.hub.admit(held, progress, origin, seat)
    }

    /// Closes the innermost scope of a context, or lets it wait for the children.
    fn close_scope(&self, handle: &Handle, failed: bool, tenant: &mut Tenant) -> Reply {
        let asked = handle.get::<Arc<Scope>>();
        // A restored copy of a context has no children: those of the scope it stood in are the original's.
        if !tenant.scope().is_some_and(|own| asked.is_some_and(|asked| Arc::ptr_eq(own, asked))) {
            return Reply::Value(Value::Null);
        }
        let Some(scope) = tenant.take_scope() else { return Reply::Value(Value::Null) };
        match scope.close(&self.hub, failed) {
            Closing::Done(closed) => {
                tenant.set_scope(scope.outer());
                Reply::Closed(closed)
            }
            Closing::Waits(promise) => {
                tenant.set_scope(Some(scope));
                promise.into()
            }
        }
    }

    /// Cancels a promise; true if it was pending.
    pub fn cancel(&self, promise: &Shared<Promise>) -> bool {
        let mut ripple = Ripple::default();
        let pending = ripple.cancel(promise, &self.hub);
        ripple.run(&self.hub, None);
        pending
    }

    /// A context ended. A transaction that it left open is rolled back; if it failed otherwise, that says enough.
    pub fn left(&self, id: ContextId, went_well: bool, origin: Option<&Arc<Origin>>) {
        for database in self.io.let_go(id).iter().filter(|_| went_well) {
            let fault = left_open(database);
            let fault = match origin {
                Some(origin) => fault.passing(Hop::Spawned(origin.site())),
                None => fault,
            };
            // A rejection that nothing can await is reported.
            drop(Promise::settled(&self.hub, Err(Parcel::from_fault(fault))));
        }
    }

    fn print(&self, stream: Stream, text: &str) -> Reply {
        match (stream, self.output.write(stream, text)) {
            (Stream::Out, Err(error)) => self.end(Verdict::of_output(&error)),
            _ => Reply::Value(Value::Null),
        }
    }

    fn flush(&self) -> Reply {
        match self.output.flush() {
            Ok(()) => Reply::Value(Value::Null),
            Err(error) => self.end(Verdict::of_output(&error)),
        }
    }

    /// Makes visible what was printed, for a worker that has nothing else to do.
    pub fn show(&self) {
        if let Err(error) = self.output.flush() {
            self.hub.end(Verdict::of_output(&error));
        }
    }

    /// The same for one that computes, if the last time is long ago.
    pub fn show_if_due(&self) {
        if self.shown.is_due(self.time.really_elapsed()) {
            self.show();
        }
    }

    fn input(&self, prompt: &str) -> Reply {
        if let Err(error) = self.output.write(Stream::Out, prompt).and_then(|()| self.output.flush()) {
            return self.end(Verdict::of_output(&error));
        }
        self.io.file(&self.hub, FileRequest::ReadLine).into()
    }

    /// What was printed before a child starts is seen before what it prints.
    fn process(&self, request: ProcessRequest) -> Begun {
        self.show();
        self.io.process(&self.hub, request, self.environment.variables())
    }

    fn exit(&self, code: u8) -> Reply {
        self.end(Verdict::Exit(code))
    }

    fn end(&self, verdict: Verdict) -> Reply {
        self.hub.end(verdict);
        Reply::Stop
    }

    fn random(&self, request: RandomRequest) -> Result<Value, Fault> {
        match request {
            RandomRequest::Draw { rng: None, draw } => self.random.draw(draw),
            RandomRequest::Draw { rng: Some(rng), draw } => {
                let rng = rng.get::<Generator>().expect("the signature admits only an rng");
                rng.draw(draw)
            }
            RandomRequest::Seed(seed) => {
                self.random.seed(self.seed_or_fresh(seed));
                Ok(Value::Null)
            }
            RandomRequest::Generator(seed) => {
                Ok(Value::Handle(Handle::new(Generator::new(self.seed_or_fresh(seed)))))
            }
        }
    }

    /// Without a seed a generator asks the system for entropy, unless a schedule has some.
    fn seed_or_fresh(&self, seed: Option<i64>) -> Option<i64> {
        seed.or_else(|| Some(self.schedule.as_ref()?.entropy()))
    }

    fn clock(&self, clock: Clock) -> Value {
        let (date, since_start) = (|| self.time.look_at_date(), || self.time.look().as_secs_f64());
        match clock {
            Clock::Now => Value::Float(date().as_secs_f64()),
            Clock::NowSeconds => Value::Int(date().as_secs() as i64),
            Clock::NowMilliseconds => Value::Int(date().as_millis() as i64),
            Clock::Monotonic => Value::Float(since_start() * 1e3),
            Clock::MonotonicMicroseconds => Value::Float(since_start() * 1e6),
            Clock::MonotonicNanoseconds => Value::Float(since_start() * 1e9),
        }
    }

    /// A promise of null after so many milliseconds.
    fn timer(&self, ms: f64) -> Shared<Promise> {
        let (promise, settler) = Promise::pair(&self.hub, Source::Timer);
        self.set_timer(ms, Alarm::Wake(settler));
        promise
    }

    fn set_timer(&self, ms: f64, alarm: Alarm) {
        self.timers.set(&self.hub, duration(ms), alarm);
    }

    fn timeout(&self, handle: Handle, ms: f64) -> Shared<Promise> {
        let inner = Parcel::plain(Value::Handle(handle));
        Combination::timeout(&self.hub, inner, self.timer(ms), timed_out(ms))
    }

    /// Does something with a key of the shared store.
    fn act(&self, key: &Text, act: Act, id: ContextId) -> Result<Reply, Fault> {
        Ok(match self.shared.act(&self.hub, key, act, id)? {
            Acted::Now(parcel) => Reply::Parcel(parcel),
            Acted::Later(promise) => promise.into(),
        })
    }

    fn send(&self, handle: Handle, seat: &Seat, value: Parcel) -> Reply {
        match channel(&handle).and_then(|channel| channel.send(Some(seat), value)) {
            Ok(Exchange::Now(())) => true.into(),
            Ok(Exchange::Later(promise)) => Reply::Outcome(promise, handle),
            Err(fault) => Reply::Fault(fault),
        }
    }

    fn receive(&self, handle: Handle, seat: &Seat, shape: Shape) -> Reply {
        let channel = match channel(&handle) {
            Ok(channel) => channel,
            Err(fault) => return Reply::Fault(fault),
        };
        match channel.receive(Some(seat), shape) {
            Exchange::Now(parcel) => Reply::Parcel(parcel),
            Exchange::Later(promise) => Reply::Outcome(promise, handle),
        }
    }

    /// Channel and timer hold the same duty; whichever is first does it.
    fn receive_within(&self, handle: &Handle, seat: &Seat, ms: f64) -> Result<Reply, Fault> {
        let channel = channel(handle)?;
        if let Some(received) = channel.try_receive(Some(seat)) {
            return Ok(Reply::Parcel(Shape::Plain.of(received)));
        }
        let (promise, settler) = Promise::pair(&self.hub, Source::TimedReceive);
        let settler = Arc::new(settler);
        let late = Err(Parcel::from_fault(timed_out(ms)));
        self.set_timer(ms, Alarm::Settle(Arc::clone(&settler), late.into()));
        channel.receive_for(Some(seat), Duty::Timed(settler));
        Ok(Reply::Promise(promise, Some(handle.clone())))
    }

    fn try_receive(&self, handle: &Handle, seat: &Seat) -> Result<Reply, Fault> {
        let received = channel(handle)?.try_receive(Some(seat)).flatten();
        Ok(Reply::Parcel(Shape::Option.of(received)))
    }

    fn select(&self, handles: Vec<Handle>, seat: &Seat, ms: Option<f64>) -> Result<Reply, Fault> {
        let channels: Vec<&Channel> = handles.iter().map(channel).collect::<Result<_, _>>()?;
        if channels.is_empty() {
            return Err(Fault::new(ErrorKind::ValueError, "select expects at least one channel, got none"));
        }
        for (index, channel) in channels.iter().enumerate() {
            if let Some(received) = channel.try_receive(Some(seat)) {
                return Ok(Reply::Parcel(selected(index as i64, Shape::Plain.of(received))));
            }
        }
        let source = if ms.is_some() { Source::TimedSelect } else { Source::Select };
        let (promise, settler) = Promise::pair(&self.hub, source);
        let settler = Arc::new(settler);
        if let Some(ms) = ms {
            let nothing = selected(-1, Parcel::plain(Value::Null));
            self.set_timer(ms, Alarm::Settle(Arc::clone(&settler), Ok(nothing).into()));
        }
        for (index, channel) in channels.iter().enumerate() {
            if !promise.is_settled() {
                channel.receive_for(Some(seat), Duty::Selected(Arc::clone(&settler), index as u32));
            }
        }
        Ok(Reply::Promise(promise, Some(Handle::new(Channels(handles)))))
    }
}

/// A cancellation as it is thrown in a context.
pub fn cancellation() -> Fault {
    match cancelled() {
        Err(Parcel { value: Value::Error(fault), .. }) => fault,
        _ => Fault::new(ErrorKind::CancelledError, "Cancelled"),
    }
}

fn promise(handle: &Handle) -> Result<Shared<Promise>, Fault> {
    handle.shared::<Promise>().ok_or_else(|| wrong_handle("promise", handle))
}

fn channel(handle: &Handle) -> Result<&Channel, Fault> {
    handle.get::<Channel>().ok_or_else(|| wrong_handle("channel", handle))
}

fn wrong_handle(expected: &str, handle: &Handle) -> Fault {
    let got = handle.kind().name();
    Fault::new(ErrorKind::TypeError, format!("Expected {expected}, got {got}"))
}
