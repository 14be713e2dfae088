//! Contexts as bytes, and back.
//!
//! The *packed* form is what the store holds while a context waits: bytes for what is data, a table of handles for what
//! is alive or large, which is moved there and not copied. It lives as long as the process. The *portable* form is
//! self-contained: versioned, marked with the program's fingerprint, protected by a checksum, values written out with
//! their sharing kept; handles are refused by name, or stand in a table beside the bytes (`--park portable`).
//!
//! Owns: the wire format. Invariants: `freeze(thaw(b)) == b` in both forms; only registers that are still read are kept
//! (`kept`); bytes from outside never panic and never allocate more than a small multiple of their length and of the
//! stack that the program's functions need.
//! Does not: run contexts (`vm` does), or know where snapshots are kept and who may thaw them (`runtime` does).

mod format;
mod kept;
mod head;
mod packed;
mod receiver;
mod encode;
mod decode;

use smallvec::SmallVec;

use crate::bytecode::Program;
use crate::context::{Cells, Context, Globals, Receiver, View};
use crate::value::{Counted, Fault, Handle, References, TracePoint, Value};

use encode::Handles;

/// How a context is frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Packed, for this process.
    Packed,
    /// Portable, marked with this fingerprint of the program; handles stay in a table beside the bytes.
    Portable(u64),
}

/// A frozen context. A copy shares the large values and the handles.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The promise that it waits for. Apart, so that who keeps the snapshot can ask for it.
    awaited: Option<Handle>,
    body: Body,
}

/// Bytes up to this number stand in the snapshot itself.
const SHORT: usize = 22;
/// So many bytes stand in one entry of a table.
const CHUNK: usize = 14;

#[derive(Clone, Debug)]
enum Body {
    /// Packed, without handles.
    Short { length: u8, bytes: [u8; SHORT] },
    /// Packed: the bytes, then the handles, in one allocation.
    Table(Box<[Held]>),
    /// Portable: the bytes, and the handles that cannot be written out.
    Portable(Box<(Vec<u8>, Vec<Handle>)>),
}

/// What the bytes of a snapshot cannot say, and the bytes themselves where they share its table.
#[derive(Clone, Debug)]
enum Held {
    /// Some of the bytes.
    Bytes { length: u8, bytes: [u8; CHUNK] },
    /// A large value or a handle.
    Value(Value),
    /// A view of module-level variables, shared with other contexts.
    View(Counted<View>),
    /// The main context's module-level variables.
    Globals(Box<Globals>),
    /// All shared variables: references to them are spread over values, and must stay the same references.
    Cells(Box<Cells>),
    /// The place a method was called on.
    Receiver(Box<Receiver>),
}

const _: () = assert!(size_of::<Snapshot>() == 32);
const _: () = assert!(size_of::<Held>() == 16);

impl Snapshot {
    /// What it takes in bytes, its own size and its table included; bodies of values in the table are not.
    pub fn size(&self) -> usize {
        let beside = match &self.body {
            Body::Short { .. } => 0,
            Body::Table(table) => size_of_val(&**table),
            Body::Portable(portable) => {
                size_of_val(&**portable) + portable.0.len() + size_of_val(&*portable.1)
            }
        };
        size_of::<Snapshot>() + beside
    }

    /// The encoded bytes: equal contexts have equal bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Body::Short { length, bytes } => bytes[..usize::from(*length)].to_vec(),
            Body::Table(table) => packed::bytes_of(table).into_vec(),
            Body::Portable(portable) => portable.0.clone(),
        }
    }

    /// The number of handles and large values, the awaited promise included.
    pub fn handle_count(&self) -> usize {
        let beside = match &self.body {
            Body::Short { .. } => 0,
            Body::Table(table) => table.iter().filter(|held| !matches!(held, Held::Bytes { .. })).count(),
            Body::Portable(portable) => return portable.1.len(),
        };
        beside + usize::from(self.awaited.is_some())
    }

    /// The promise that the context waits for.
    pub fn awaited(&self) -> Option<&Handle> {
        self.awaited.as_ref()
    }

    /// The references to handles in what the frozen context alone can reach.
    pub fn refer(&self, references: &mut References) {
        self.awaited.iter().for_each(|awaited| references.handle(awaited));
        let table = match &self.body {
            Body::Short { .. } => return,
            Body::Table(table) => table,
            Body::Portable(portable) => {
                return portable.1.iter().for_each(|handle| references.handle(handle));
            }
        };
        for held in table {
            match held {
                Held::Value(value) => references.value(value),
                Held::View(view) if view.is_unique() => {
                    view.values.iter().for_each(|value| references.value(value));
                }
                Held::Globals(globals) => globals.refer(references),
                Held::Cells(cells) => cells.refer(references),
                Held::Bytes { .. } | Held::View(_) | Held::Receiver(_) => {}
            }
        }
    }

    /// Where the context stands, undecoded: cheap to copy out of where the snapshot is kept.
    pub fn calls(&self) -> Calls {
        let mut bytes = SmallVec::new();
        match &self.body {
            Body::Short { length, bytes: all } => bytes.extend_from_slice(&all[..usize::from(*length)]),
            Body::Table(table) => {
                for held in table {
                    let Held::Bytes { length, bytes: part } = held else { break };
                    if bytes.len() >= MOST_CALL_BYTES {
                        break;
                    }
                    bytes.extend_from_slice(&part[..usize::from(*length)]);
                }
            }
            Body::Portable(portable) => {
                let all = portable.0.get(decode::HEADER..).unwrap_or_default();
                bytes.extend_from_slice(&all[..all.len().min(MOST_CALL_BYTES)]);
            }
        }
        Calls { bytes }
    }

    /// Where the context stands: its calls, outermost first.
    pub fn trace(&self) -> Vec<TracePoint> {
        self.calls().trace()
    }
}

/// So many bytes say at most where a context stands: more than 8,000 calls.
const MOST_CALL_BYTES: usize = 1 << 16;

/// The calls of a frozen context as its snapshot has them.
#[derive(Clone, Debug)]
pub struct Calls {
    bytes: SmallVec<[u8; 64]>,
}

impl Calls {
    /// The calls, outermost first. Of a stack that is deeper than 8,000 calls the innermost ones are left out.
    pub fn trace(&self) -> Vec<TracePoint> {
        head::read_trace(&mut format::Reader::new(&self.bytes))
    }
}

/// Moves a context into a snapshot. An empty context stays, with its allocations, to be thawed into.
pub fn freeze(context: &mut Context, program: &Program, form: Form) -> Snapshot {
    let Form::Portable(fingerprint) = form else { return packed::freeze(context, program) };
    let mut handles = Vec::new();
    let bytes = encode::write(context, program, fingerprint, Handles::Table(&mut handles))
        .expect("only handles can be refused, and these go to a table");
    let awaited = context.awaited().cloned();
    context.clear();
    Snapshot { awaited, body: Body::Portable(Box::new((bytes, handles))) }
}

/// Lets go of what a context does not read any more, as freezing and thawing it would.
pub fn trim(context: &mut Context, program: &Program) {
    kept::trim(context, program);
}

/// Moves a snapshot of this process into a context, whatever that held before. An error means that the snapshot was made
/// for another program; the context is then empty.
pub fn thaw(snapshot: Snapshot, program: &Program, context: &mut Context) -> Result<(), ThawError> {
    context.clear();
    let Snapshot { awaited, body } = snapshot;
    let outcome = match body {
        Body::Short { length, bytes } => {
            packed::thaw(&bytes[..usize::from(length)], Vec::new(), awaited, program, context)
        }
        Body::Table(table) => {
            let bytes = packed::bytes_of(&table);
            packed::thaw(bytes.as_slice(), table.into_vec(), awaited, program, context)
        }
        Body::Portable(portable) => decode::read(&portable.0, program, None, &portable.1, context),
    };
    if outcome.is_err() {
        context.clear();
    }
    outcome
}

/// The portable form of a context. UnsupportedError, naming the first handle that it holds. `fingerprint` is
/// `Program::fingerprint`, which is worth keeping.
pub fn to_portable(context: &Context, program: &Program, fingerprint: u64) -> Result<Vec<u8>, Fault> {
    encode::write(context, program, fingerprint, Handles::Refuse)
}

/// The context in bytes from anywhere.
pub fn from_portable(bytes: &[u8], program: &Program, fingerprint: u64) -> Result<Context, ThawError> {
    let mut context = Context::default();
    decode::read(bytes, program, Some(fingerprint), &[], &mut context)?;
    Ok(context)
}

/// Why bytes are no context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThawError {
    /// They do not begin like a portable snapshot.
    NotASnapshot,
    /// They were written by another version of the format.
    Version(u16),
    /// They belong to another program, or to another version of it.
    OtherProgram,
    /// The checksum is wrong.
    Damaged,
    /// They end too early.
    Truncated,
    /// They say something that cannot be.
    Malformed(&'static str),
}

impl std::fmt::Display for ThawError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ThawError::NotASnapshot => out.write_str("this is not a snapshot"),
            ThawError::Version(version) => write!(out, "the snapshot has format version {version}"),
            ThawError::OtherProgram => out.write_str("the snapshot belongs to another program"),
            ThawError::Damaged => out.write_str("the snapshot is damaged"),
            ThawError::Truncated => out.write_str("the snapshot ends too early"),
            ThawError::Malformed(what) => write!(out, "the snapshot is malformed: {what}"),
        }
    }
}

impl std::error::Error for ThawError {}
