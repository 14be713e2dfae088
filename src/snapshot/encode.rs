//! The portable form, written.
//!
//! Layout: magic, version, fingerprint, checksum of the rest; the head; the kinds of cells; the shapes of receivers; how
//! many module-level variables; and then all values in one postfix stream: parts stand before what they are parts of, so
//! neither writing nor reading needs a stack of Rust frames. Bodies are numbered in the order in which they are complete;
//! a body that is met again is written as its number.

use rustc_hash::FxHashMap;

use super::decode::{HEADER, MAGIC, VERSION};
use super::format::{Bytes, checksum, put, put_bytes, put_int, tag};
use super::head;
use super::kept::kept_slots;
use super::receiver;
use crate::bytecode::Program;
use crate::context::{Access, Context, Globals, PathStep};
use crate::value::{End, ErrorKind, Fault, FaultBody, Handle, Hop, Key, Lazy, Text, TracePoint, Value};

/// What becomes of handles.
pub(super) enum Handles<'a> {
    /// They are an error.
    Refuse,
    /// They go to a table; the bytes say which one.
    Table(&'a mut Vec<Handle>),
}

/// Kinds of cells.
pub(super) mod cell {
    pub(crate) const FREE: u8 = 0;
    pub(crate) const OWN: u8 = 1;
    pub(crate) const READ_ONLY: u8 = 2;
}

/// What an error has besides its parts, as bits.
pub(super) mod error_has {
    pub(crate) const HINT: u8 = 1;
    pub(crate) const HOPS: u8 = 2;
}

/// Kinds of steps on an error's way.
pub(super) mod hop {
    pub(crate) const SPAWNED: u8 = 0;
    pub(crate) const AWAITED: u8 = 1;
}

/// The portable form of a context.
pub(super) fn write(
    context: &Context,
    program: &Program,
    fingerprint: u64,
    handles: Handles<'_>,
) -> Result<Vec<u8>, Fault> {
    let mut encoder = Encoder { out: Bytes::new(), known: FxHashMap::default(), bodies: 0, handles };
    encoder.out.extend_from_slice(&[0; HEADER]);
    head::write(context, program, &mut encoder.out);
    encoder.shapes(context);
    encoder.values(context, program)?;
    encoder.out.push(tag::END);
    let mut bytes = encoder.out.into_vec();
    let sum = checksum(&bytes[HEADER..]);
    let header =
        [&MAGIC[..], &VERSION.to_le_bytes(), &fingerprint.to_le_bytes(), &sum.to_le_bytes()].concat();
    bytes[..HEADER].copy_from_slice(&header);
    Ok(bytes)
}

struct Encoder<'a> {
    out: Bytes,
    /// The numbers of bodies that others refer to as well, by address.
    known: FxHashMap<usize, u64>,
    /// How many bodies are complete.
    bodies: u64,
    handles: Handles<'a>,
}

impl Encoder<'_> {
    /// Everything that is not a value.
    fn shapes(&mut self, context: &Context) {
        if !context.cells.is_empty() {
            put(&mut self.out, context.cells.slots().len() as u64);
            for slot in context.cells.slots() {
                self.out.push(match slot {
                    None => cell::FREE,
                    Some((_, Access::Own)) => cell::OWN,
                    Some((_, Access::ReadOnly)) => cell::READ_ONLY,
                });
            }
        }
        for receiver in context.frames.iter().filter_map(|frame| frame.receiver.clone().into_receiver()) {
            receiver::write(&receiver, &mut self.out);
        }
        match &context.globals {
            Globals::None => {}
            Globals::Own { values, .. } => put(&mut self.out, values.len() as u64),
            Globals::View(view) => put(&mut self.out, view.values.len() as u64),
        }
    }

    /// All values, in the order in which `decode` asks for them.
    fn values(&mut self, context: &Context, program: &Program) -> Result<(), Fault> {
        for (value, _) in context.cells.slots().flatten().filter(|_| !context.cells.is_empty()) {
            self.value(value)?;
        }
        for frame in &context.frames {
            if let Some(closure) = &frame.closure {
                self.value(&Value::Closure(closure.clone()))?;
            }
            for step in frame.receiver.kept().iter().flat_map(|receiver| &receiver.steps) {
                if let PathStep::Index(index) = step {
                    self.value(index)?;
                }
            }
        }
        let globals: &[Value] = match &context.globals {
            Globals::None => &[],
            Globals::Own { values, .. } => values,
            Globals::View(view) => &view.values,
        };
        globals.iter().try_for_each(|value| self.value(value))?;
        if let Some(fault) = &context.pending {
            self.value(&Value::Error(fault.clone()))?;
        }
        for slot in kept_slots(program, context) {
            self.value(context.stack.get(slot as usize).unwrap_or(&Value::Null))?;
        }
        Ok(())
    }

    fn value(&mut self, value: &Value) -> Result<(), Fault> {
        let mut open: Vec<(&Value, usize)> = Vec::new();
        self.begin(value, &mut open)?;
        while let Some((parent, at)) = open.last_mut() {
            let (parent, position) = (*parent, *at);
            *at += 1;
            let Some(part) = parent.part(position) else {
                open.pop();
                self.end(parent);
                continue;
            };
            if let Value::Dict(dict) = parent {
                self.key(dict.at(position).map(|(key, _)| key));
            }
            self.begin(part, &mut open)?;
        }
        Ok(())
    }

    /// Writes a value without parts, or opens one with parts.
    fn begin<'v>(&mut self, value: &'v Value, open: &mut Vec<(&'v Value, usize)>) -> Result<(), Fault> {
        if let Some(number) = self.met_before(value) {
            self.tagged(tag::SAME, number);
            return Ok(());
        }
        let out = &mut self.out;
        match value {
            Value::Null => out.push(tag::NULL),
            Value::Bool(value) => out.push(if *value { tag::TRUE } else { tag::FALSE }),
            Value::Unset => out.push(tag::UNSET),
            Value::None => out.push(tag::NONE),
            Value::Int(value) => put_int(out, *value),
            Value::Float(value) => {
                out.push(tag::FLOAT);
                out.extend_from_slice(&value.to_le_bytes());
            }
            Value::Function(id) => self.tagged(tag::FUNCTION, id.0.into()),
            Value::Native(id) => self.tagged(tag::NATIVE, id.0.into()),
            Value::Constructor(variant) => self.tagged(tag::CONSTRUCTOR, (*variant).into()),
            Value::Module(module) => self.tagged(tag::MODULE, (*module).into()),
            Value::Cell(cell) => self.tagged(tag::CELL, cell.position() as u64),
            Value::Generator(cell, lazy) => {
                out.extend_from_slice(&[tag::GENERATOR, u8::from(*lazy == Lazy::Iterator)]);
                put(out, cell.position() as u64);
            }
            Value::Handle(handle) => self.handle(handle)?,
            body => open.push((body, 0)),
        }
        Ok(())
    }

    fn met_before(&self, value: &Value) -> Option<u64> {
        match value.body() {
            Some((address, false)) => self.known.get(&address).copied(),
            _ => None,
        }
    }

    /// Completes a body whose parts are written.
    fn end(&mut self, value: &Value) {
        let parts = value.part_count() as u64;
        match value {
            Value::Text(text) => put_text(&mut self.out, text),
            Value::Bytes(bytes) => {
                self.out.push(tag::BYTES);
                put_bytes(&mut self.out, bytes);
            }
            Value::Array(_) => self.tagged(tag::ARRAY, parts),
            Value::Dict(_) => self.tagged(tag::DICT, parts),
            Value::Set(_) => self.tagged(tag::SET, parts),
            Value::Deque(body) if body.end() == End::Front => self.tagged(tag::QUEUE, parts),
            Value::Deque(_) => self.tagged(tag::STACK, parts),
            Value::Struct(body) => self.tagged(tag::STRUCT, body.id.0.into()),
            Value::Enum(body) => {
                self.tagged(tag::ENUM, body.id.0.into());
                put(&mut self.out, body.variant.into());
                put(&mut self.out, parts);
            }
            Value::Ok(_) => self.out.push(tag::OK),
            Value::Err(_) => self.out.push(tag::ERR),
            Value::Some(_) => self.out.push(tag::SOME),
            Value::Closure(body) => self.tagged(tag::CLOSURE, body.function.0.into()),
            Value::Scope(_) => self.tagged(tag::SCOPE, parts),
            Value::Bound(_) => self.out.push(tag::BOUND),
            Value::Suspended(body) => {
                self.tagged(tag::SUSPENDED, body.function.0.into());
                put(&mut self.out, body.ip.into());
            }
            Value::Error(fault) => self.error(fault.body()),
            _ => {}
        }
        self.number(value.body());
    }

    /// Counts a body, and remembers its number if it can be met again.
    fn number(&mut self, body: Option<(usize, bool)>) {
        if let Some((address, false)) = body {
            self.known.insert(address, self.bodies);
        }
        self.bodies += 1;
    }

    fn key(&mut self, key: Option<&Key>) {
        match key {
            Some(Key::Text(text)) => self.text(text),
            Some(Key::Int(value)) => put_int(&mut self.out, *value),
            None => {}
        }
    }

    /// A string that is part of something, as a value of its own.
    fn text(&mut self, text: &Text) {
        let number = if text.is_unique() { None } else { self.known.get(&text.address()).copied() };
        match number {
            Some(number) => self.tagged(tag::SAME, number),
            None => {
                put_text(&mut self.out, text);
                self.number(Some((text.address(), text.is_unique())));
            }
        }
    }

    fn error(&mut self, body: &FaultBody) {
        self.text(&body.kind);
        self.text(&body.message);
        self.out.push(tag::ERROR);
        let bit = |condition: bool, bit: u8| if condition { bit } else { 0 };
        self.out
            .push(bit(body.hint.is_some(), error_has::HINT) | bit(!body.hops.is_empty(), error_has::HOPS));
        if let Some(hint) = &body.hint {
            put_bytes(&mut self.out, hint.as_bytes());
        }
        put(&mut self.out, body.trace.len() as u64);
        body.trace.iter().for_each(|point| self.point(*point));
        if !body.hops.is_empty() {
            put(&mut self.out, body.hops.len() as u64);
        }
        for hop in &body.hops {
            let (kind, point) = match hop {
                Hop::Spawned(point) => (hop::SPAWNED, point),
                Hop::Awaited(point) => (hop::AWAITED, point),
            };
            self.out.push(kind);
            self.point(*point);
        }
    }

    fn point(&mut self, point: TracePoint) {
        put(&mut self.out, point.function.0.into());
        put(&mut self.out, point.ip.into());
    }

    fn handle(&mut self, handle: &Handle) -> Result<(), Fault> {
        let Handles::Table(table) = &mut self.handles else {
            let message = format!("A snapshot to be kept cannot hold {}", handle.resource().text());
            return Err(Fault::new(ErrorKind::UnsupportedError, message));
        };
        let index = table.len() as u64;
        table.push(handle.clone());
        self.tagged(tag::HANDLE, index);
        Ok(())
    }

    fn tagged(&mut self, tag: u8, number: u64) {
        self.out.push(tag);
        put(&mut self.out, number);
    }
}

fn put_text(out: &mut Bytes, text: &Text) {
    out.push(tag::TEXT);
    put_bytes(out, text.as_str().as_bytes());
}
