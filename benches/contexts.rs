//! What each arrow of `source text → tokens → AST → bytecode → context → snapshot → store → ready queue → worker` takes.
//!
//! Prints nanoseconds of one step (criterion) and the bytes of typical parked contexts. Steps that cannot be repeated in
//! place (a ticket can be spent once) are measured in batches, with preparation and cleaning up off the clock.
//! Does not: measure whole programs (docs/BENCHMARKS.md says how), or memory of many contexts (`parked`).

#[path = "../src/allocator.rs"]
mod allocator;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::Criterion;

use ruff::bytecode::{FunctionId, Program};
use ruff::context::{Context, Globals};
use ruff::engine::{Engine, Options};
use ruff::runtime::promise::{Hub, Promise, Settler, Source as Settles, Tenant};
use ruff::runtime::ready::{Ready, Seat};
use ruff::runtime::request::World;
use ruff::runtime::store::{Held, Progress, Stored, Taken, Ticket};
use ruff::runtime::time::Time;
use ruff::runtime::timer::Timers;
use ruff::runtime::{ContextId, Output};
use ruff::snapshot::{Form, Snapshot, freeze, thaw};
use ruff::source::Source;
use ruff::value::{Parcel, Shared, Value};
use ruff::vm::{Halt, Host, Machine, Stream};
use ruff::{stdlib, syntax};

/// As the `ruff` program has it.
#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

/// The largest script there is: a static site generator of some 300 lines.
const SCRIPT: &str = include_str!("../examples/site/build.ruff");

/// Contexts to park.
const PARKED: &str = r#"
async func one(gate, a, b) { await gate; return a + b }
async func deep(gate, depth) {
    if depth == 0 { await gate; return 0 }
    below := await deep(gate, depth - 1)
    return below + depth
}
async func holding(gate, items, name) {
    total := len(items)
    await gate
    return "${name}: ${total} of ${len(items)}"
}
"#;

/// So many at once, so that the clock is read rarely.
const BATCH: u64 = 500;

/// Keeps silent.
struct Nowhere;

impl Output for Nowhere {
    fn write(&self, _: Stream, _: &str) -> std::io::Result<()> {
        Ok(())
    }

    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}

/// One runtime without threads: the steps are taken by hand.
struct Yard {
    world: World,
    seat: Seat,
}

/// A context in the hand of a worker.
type Hand = Taken<Tenant, ruff::runtime::promise::Blocked>;

impl Yard {
    fn new(workers: usize) -> Yard {
        let script = Engine::new(Options::default()).compile(Source::new("parked.ruff", PARKED));
        let program = script.expect("the script is correct").program().clone();
        let machine = Machine::new(Arc::new(program), Arc::new(stdlib::table()), Host::default());
        let (ready, mut seats) = Ready::new(workers);
        let time = Arc::new(Time::real());
        let world = World {
            hub: Hub::new(ready),
            machine: Arc::new(machine),
            form: Form::Packed,
            keeps_warm: false,
            output: Arc::new(Nowhere),
            shown: Default::default(),
            timers: Timers::new(Arc::clone(&time)),
            io: Default::default(),
            memory: Default::default(),
            shared: Default::default(),
            random: Default::default(),
            environment: Default::default(),
            time,
            schedule: None,
        };
        Yard { world, seat: seats.remove(0) }
    }

    fn program(&self) -> &Program {
        &self.world.machine.program
    }

    fn function(&self, name: &str) -> FunctionId {
        let found = self.program().functions.iter().position(|function| &*function.name == name);
        FunctionId(found.expect("the script declares it") as u32)
    }

    /// A pending promise; whoever drops its settler settles it.
    fn gate(&self) -> (Shared<Promise>, Settler) {
        Promise::pair(&self.world.hub, Settles::Receive)
    }

    /// A context about to run a function of the script that waits for `gate`.
    fn fresh(&self, name: &str, gate: &Shared<Promise>, arguments: &[Value]) -> Context {
        let mut all = vec![Value::Handle(gate.handle().clone())];
        all.extend_from_slice(arguments);
        Context::start(self.program(), self.function(name), None, all, Globals::None)
    }

    /// The same, after it ran into its wait.
    fn waiting(&self, name: &str, gate: &Shared<Promise>, arguments: &[Value]) -> Context {
        let mut context = self.fresh(name, gate, arguments);
        match self.world.machine.run(&mut context, &mut 10_000) {
            Halt::Waiting(_) => context,
            other => panic!("{name} does not wait: {other:?}"),
        }
    }

    fn two_ints(&self, gate: &Shared<Promise>) -> Context {
        self.waiting("one", gate, &[Value::Int(7), Value::Int(1000)])
    }

    /// Creates a context and makes it ready.
    fn spawn(&self, context: Context) -> (ContextId, Shared<Promise>) {
        self.world.admit(context.into(), Progress::Unstarted, None, Some(&self.seat))
    }

    /// What a worker does to get a context into its hand.
    fn next(&mut self) -> Ticket {
        self.world.hub.ready.next(&mut self.seat).expect("something is ready")
    }

    fn take(&self, ticket: Ticket) -> Hand {
        self.world.hub.store.take(ticket).expect("nothing else takes contexts here")
    }

    fn put(&self, id: ContextId, snapshot: Snapshot, beside: Tenant) -> Stored {
        self.world.hub.store.put(id, Held::Frozen(snapshot), beside, 0)
    }

    /// So many contexts that wait for `gate`, in hand.
    fn hands(&mut self, gate: &Shared<Promise>, count: u64) -> Vec<Hand> {
        (0..count).for_each(|_| _ = self.spawn(self.two_ints(gate)));
        (0..count)
            .map(|_| {
                let ticket = self.next();
                self.take(ticket)
            })
            .collect()
    }

    /// Puts contexts into the store; the tickets of their waits.
    fn store(&self, hands: Vec<Hand>) -> Vec<Ticket> {
        let put = |hand: Hand| match hand.held {
            Held::Frozen(snapshot) => self.put(hand.id, snapshot, hand.beside).ticket(),
            Held::Warm(_) | Held::Blocked(_) => panic!("everything is frozen here"),
        };
        hands.into_iter().map(put).collect()
    }

    /// Ends contexts.
    fn end(&self, hands: Vec<Hand>) {
        for hand in hands {
            self.world.hub.store.end(hand.id);
            self.world.hub.activity.end_running();
        }
    }

    /// Takes and ends everything that is ready.
    fn sweep(&mut self) {
        while let Some(ticket) = self.world.hub.ready.next(&mut self.seat) {
            let hand = self.take(ticket);
            self.end(vec![hand]);
        }
    }
}

/// `iterations` times a step, in batches: `prepare` and dropping what the step gives are off the clock.
fn batches<S, R>(
    iterations: u64,
    mut prepare: impl FnMut(u64) -> S,
    mut step: impl FnMut(S) -> R,
    mut clean: impl FnMut(R),
) -> Duration {
    let mut spent = Duration::ZERO;
    let mut left = iterations;
    while left > 0 {
        let count = left.min(BATCH);
        let prepared = prepare(count);
        let start = Instant::now();
        let done = step(prepared);
        spent += start.elapsed();
        clean(black_box(done));
        left -= count;
    }
    spent
}

/// Text to bytecode. `compile` is all of it: lexing and parsing too, and a copy of the library's own code.
fn front(criterion: &mut Criterion) {
    let engine = Engine::new(Options::default());
    let source = Source::new("build.ruff", SCRIPT);
    criterion.bench_function("lex", |bench| bench.iter(|| syntax::lex(black_box(&source))));
    criterion.bench_function("parse", |bench| bench.iter(|| syntax::parse(black_box(&source))));
    criterion.bench_function("compile", |bench| {
        bench.iter(|| engine.compile(black_box(source.clone())).expect("the example is correct"));
    });
    criterion.bench_function("engine", |bench| bench.iter(|| Engine::new(Options::default())));
}

/// Context to snapshot and back.
fn snapshots(criterion: &mut Criterion) {
    let yard = Yard::new(1);
    let (gate, _settler) = yard.gate();
    let cases =
        [("two ints", yard.two_ints(&gate)), ("10 calls", yard.waiting("deep", &gate, &[Value::Int(9)]))];
    for (name, context) in cases {
        let program = yard.program();
        let contexts = |count: u64| (0..count).map(|_| context.clone()).collect();
        let frozen = |contexts: Vec<Context>| {
            let freeze = |mut context| freeze(&mut context, program, Form::Packed);
            contexts.into_iter().map(freeze).collect::<Vec<Snapshot>>()
        };
        let thawed = |snapshots: Vec<Snapshot>| {
            let thaw = |snapshot| {
                let mut context = Context::default();
                thaw(snapshot, program, &mut context).expect("it was frozen a moment ago");
                context
            };
            snapshots.into_iter().map(thaw).collect::<Vec<Context>>()
        };
        criterion.bench_function(&format!("freeze, {name}"), |bench| {
            bench.iter_custom(|iterations| batches(iterations, contexts, frozen, drop));
        });
        criterion.bench_function(&format!("thaw, {name}"), |bench| {
            bench
                .iter_custom(|iterations| batches(iterations, |count| frozen(contexts(count)), thawed, drop));
        });
    }
}

/// Waiting and being made ready again.
fn waits(criterion: &mut Criterion) {
    let mut yard = Yard::new(1);
    criterion.bench_function("park", |bench| {
        bench.iter_custom(|iterations| {
            let (gate, settler) = yard.gate();
            let prepare = |count| {
                let hands = yard.hands(&gate, count);
                yard.store(hands)
            };
            let park = |tickets: Vec<Ticket>| {
                tickets.into_iter().for_each(|ticket| gate.park(ticket).expect("the gate is closed"));
            };
            let spent = batches(iterations, prepare, park, drop);
            settler.settle(Ok(Parcel::plain(Value::Null)));
            yard.sweep();
            spent
        });
    });
    criterion.bench_function("settle", |bench| {
        bench.iter_custom(|iterations| {
            let yard = std::cell::RefCell::new(&mut yard);
            let prepare = |count| (0..count).map(|_| parked(*yard.borrow_mut())).collect();
            let settle = |settlers: Vec<Settler>| {
                for settler in settlers {
                    settler.settle(Ok(Parcel::plain(Value::Null)));
                }
            };
            batches(iterations, prepare, settle, |()| yard.borrow_mut().sweep())
        });
    });
}

/// The duty to settle a promise that one context waits for.
fn parked(yard: &mut Yard) -> Settler {
    let (gate, settler) = yard.gate();
    let hands = yard.hands(&gate, 1);
    yard.store(hands).into_iter().for_each(|ticket| gate.park(ticket).expect("the gate is closed"));
    settler
}

/// The store and the queues. With one worker the queue is the injector, with more the worker's own deque.
fn queues(criterion: &mut Criterion) {
    let mut yard = Yard::new(1);
    let (gate, _settler) = yard.gate();
    criterion.bench_function("store put + take", |bench| {
        let mut hands = yard.hands(&gate, BATCH);
        bench.iter_custom(|iterations| {
            let start = Instant::now();
            for _ in 0..iterations.div_ceil(BATCH) {
                let tickets = yard.store(std::mem::take(&mut hands));
                hands.extend(tickets.into_iter().map(|ticket| yard.take(ticket)));
            }
            start.elapsed().mul_f64(iterations as f64 / (iterations.div_ceil(BATCH) * BATCH) as f64)
        });
        yard.end(hands);
    });
    for (name, workers) in [("push + find, one worker", 1), ("push + find, two workers", 2)] {
        let mut yard = Yard::new(workers);
        let (gate, _settler) = yard.gate();
        let hands = yard.hands(&gate, 1);
        let mut ticket = yard.store(hands).pop();
        criterion.bench_function(name, |bench| {
            bench.iter(|| {
                let Yard { world, seat } = &mut yard;
                world.hub.ready.push(ticket.take().expect("it was found again"), Some(seat));
                ticket = world.hub.ready.find(seat);
            });
        });
        let hand = yard.take(ticket.expect("it was found again"));
        yard.end(vec![hand]);
    }
}

/// A new context: arguments bound, frozen, stored, its promise made, its ticket pushed.
fn spawns(criterion: &mut Criterion) {
    let mut yard = Yard::new(1);
    let (gate, _settler) = yard.gate();
    criterion.bench_function("spawn", |bench| {
        bench.iter_custom(|iterations| {
            let yard = std::cell::RefCell::new(&mut yard);
            let contexts = |count| {
                let fresh = || yard.borrow().fresh("one", &gate, &[Value::Int(7), Value::Int(1000)]);
                (0..count).map(|_| fresh()).collect()
            };
            let spawn = |contexts: Vec<Context>| {
                let yard = yard.borrow();
                contexts.into_iter().map(|context| yard.spawn(context)).collect::<Vec<_>>()
            };
            batches(iterations, contexts, spawn, |promises| {
                drop(promises);
                yard.borrow_mut().sweep();
            })
        });
    });
}

/// The sizes of snapshots: data and what is kept beside it.
#[allow(clippy::print_stdout, reason = "the figures are what this program is for")]
fn sizes() {
    let yard = Yard::new(1);
    let (gate, _settler) = yard.gate();
    let items = || Value::array((0..100).map(Value::Int).collect());
    let deep = |calls: i64| yard.waiting("deep", &gate, &[Value::Int(calls - 1)]);
    let cases = [
        ("about to start, two ints", yard.fresh("one", &gate, &[Value::Int(7), Value::Int(1000)])),
        ("await with two ints", yard.two_ints(&gate)),
        ("await 10 calls deep", deep(10)),
        ("await 100 calls deep", deep(100)),
        (
            "await with an array of 100 and a string",
            yard.waiting("holding", &gate, &[items(), Value::text("total")]),
        ),
    ];
    println!("{:<42}{:>9}{:>9}{:>9}{:>10}", "parked context", "packed", "handles", "in all", "portable");
    for (name, context) in cases {
        let portable = freeze(&mut context.clone(), yard.program(), Form::Portable(0));
        let packed = freeze(&mut context.clone(), yard.program(), Form::Packed);
        let (bytes, handles) = (packed.bytes().len(), packed.handle_count());
        println!("{name:<42}{bytes:>9}{handles:>9}{:>9}{:>10}", packed.size(), portable.size());
    }
    println!();
}

fn main() {
    sizes();
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    for arrows in [front, snapshots, waits, queues, spawns] {
        arrows(&mut criterion);
    }
    criterion.final_summary();
}
