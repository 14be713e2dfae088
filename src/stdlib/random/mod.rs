//! Random numbers, choices and identifiers (STDLIB section 12).
//!
//! Owns: what is made of random words. Does not: hold a generator. Whatever can be seeded asks the runtime for a draw from
//! the program's generator, or from the `rng` that comes first; identifiers and secrets come from the system's source.

mod choice;
mod secret;

use super::answer::Outcome;
use super::declare::plain;
use crate::value::{Fault, Handle, Value};
use crate::vm::{Answer, Call, Capability, Draw, Native, RandomRequest, Request, Words};

pub(super) use secret::NATIVES as SECRETS;
pub(super) use secret::fill;

/// A function that draws from the program's generator, and the same one for an `rng`.
macro_rules! seeded {
    ($signature:literal, $of_rng:literal, $summary:literal, $draw:expr) => {
        [
            plain($signature, $summary, |call| $draw(call, None)).needs(Capability::Random),
            plain($of_rng, $summary, |call| {
                let rng = generator(call);
                $draw(call, rng)
            }),
        ]
    };
}

const FLOAT: [Native; 2] = seeded!(
    "random() -> float",
    "random(r: rng) -> float",
    "A number of [0, 1).",
    |_: &mut Call<'_>, rng| { drawn(rng, |dice| Ok(Value::Float(dice.unit()))) }
);

const BETWEEN: [Native; 2] = seeded!(
    "random_float(a: num, b: num) -> float",
    "random_float(r: rng, a: num, b: num) -> float",
    "A number of [a, b).",
    float_between
);

const INT: [Native; 2] = seeded!(
    "random_int(min: int, max: int) -> int",
    "random_int(r: rng, min: int, max: int) -> int",
    "An int from min to max, both included.",
    int_between
);

const CHOICE: [Native; 2] = seeded!(
    "random_choice(xs: seq) -> any",
    "random_choice(r: rng, xs: seq) -> any",
    "One item; null if there is none.",
    choice::one
);

const CHOICES: [Native; 2] = seeded!(
    "random_choices(xs: seq, n: int) -> array",
    "random_choices(r: rng, xs: seq, n: int) -> array",
    "n items with repetition.",
    choice::several
);

const SAMPLE: [Native; 2] = seeded!(
    "sample(xs: seq, n: int) -> array",
    "sample(r: rng, xs: seq, n: int) -> array",
    "n different items.",
    choice::sample
);

const SHUFFLE: [Native; 2] = seeded!(
    "__shuffle(a: array) -> array",
    "__shuffle(r: rng, a: array) -> array",
    "The items in random order.",
    choice::shuffle
);

const ID: [Native; 2] = seeded!(
    "random_id(length: int = 12) -> string",
    "random_id(r: rng, length: int = 12) -> string",
    "Random lower-case letters and digits.",
    choice::id
);

pub(super) const NATIVES: &[Native] = &[
    FLOAT[0],
    FLOAT[1],
    BETWEEN[0],
    BETWEEN[1],
    INT[0],
    INT[1],
    CHOICE[0],
    CHOICE[1],
    CHOICES[0],
    CHOICES[1],
    SAMPLE[0],
    SAMPLE[1],
    SHUFFLE[0],
    SHUFFLE[1],
    ID[0],
    ID[1],
    plain("set_random_seed(n: int) -> null", "Seeds the program's generator.", |call| {
        ask(RandomRequest::Seed(Some(call.int(0))))
    })
    .needs(Capability::Random),
    plain("clear_random_seed() -> null", "Makes the program's generator unpredictable again.", |_| {
        ask(RandomRequest::Seed(None))
    })
    .needs(Capability::Random),
    plain("__seeded_rng(seed: int) -> rng", "A generator of its own.", |call| {
        ask(RandomRequest::Generator(Some(call.int(0))))
    }),
    plain("__rng() -> rng", "A generator of its own, seeded by the system.", |_| {
        ask(RandomRequest::Generator(None))
    })
    .needs(Capability::Random),
];

fn ask(request: RandomRequest) -> Outcome {
    Ok(Answer::ask(Request::Random(Box::new(request))))
}

/// The first argument, which the signature says is an rng, taken out so that the others stand as they do without it.
fn generator(call: &mut Call<'_>) -> Option<Handle> {
    let Value::Handle(rng) = call.args[0].take() else { unreachable!("the signature admits only an rng") };
    call.args.rotate_left(1);
    Some(rng)
}

/// A draw from a generator; without one, from the program's.
fn drawn(
    rng: Option<Handle>,
    draw: impl FnOnce(&mut Dice<'_>) -> Result<Value, Fault> + Send + 'static,
) -> Outcome {
    let draw = Draw(Box::new(|words| draw(&mut Dice(words))));
    ask(RandomRequest::Draw { rng, draw })
}

/// Random words as numbers.
struct Dice<'a>(Words<'a>);

impl Dice<'_> {
    /// A number of [0, 1), of all multiples of 2^-53.
    fn unit(&mut self) -> f64 {
        ((self.0)() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number below `bound`, all equally likely: words of the last, incomplete round are thrown away (Lemire 2019).
    fn below(&mut self, bound: u64) -> u64 {
        let rest = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from((self.0)()) * u128::from(bound);
            if product as u64 >= rest {
                return (product >> 64) as u64;
            }
        }
    }

    /// A position among `len` items.
    fn position(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }
}

fn float_between(call: &mut Call<'_>, rng: Option<Handle>) -> Outcome {
    let (a, b) = (call.float(0), call.float(1));
    if !(a <= b && (b - a).is_finite()) {
        return Err(call.value_fault(format!("there is no range from {a} to {b}")));
    }
    drawn(rng, move |dice| {
        let number = a + (b - a) * dice.unit();
        // The sum may have been rounded up to b.
        Ok(Value::Float(if number < b { number } else { a }))
    })
}

fn int_between(call: &mut Call<'_>, rng: Option<Handle>) -> Outcome {
    let (min, max) = (call.int(0), call.int(1));
    if min > max {
        return Err(call.value_fault(format!("min must not be greater than max, got {min} and {max}")));
    }
    let span = max.wrapping_sub(min) as u64;
    drawn(rng, move |dice| {
        let above = if span == u64::MAX { (dice.0)() } else { dice.below(span + 1) };
        Ok(Value::Int(min.wrapping_add(above as i64)))
    })
}
