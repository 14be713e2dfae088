//! The packed form: a parked context in as few bytes as can be, within this process.
//!
//! Layout: the head, then the kept stack slots as values. What is large or alive is not copied but moved to the handle
//! table, in the order: cells, globals, pending error, each frame's closure and receiver, slots. The awaited promise has a
//! place of its own. Freezing costs what is live, not what was allocated, and makes at most one allocation: bytes that are
//! few stand in the snapshot, others in the first entries of the table.

use std::convert::Infallible;
use std::vec::IntoIter;

use smallvec::SmallVec;

use super::format::{Bytes, Reader, put, put_bytes, put_int, tag};
use super::head::{self, Head, frame_has, has};
use super::kept::{each_slot, receiver_slots, stack_size};
use super::{Body, CHUNK, Held, SHORT, Snapshot, ThawError};
use crate::bytecode::{FunctionId, NativeId, Program};
use crate::context::{Cells, Context, Globals};
use crate::value::{Fault, Handle, Value};

/// A string that nobody else holds is copied up to this length: its body alone would take more.
const INLINE_TEXT: usize = 32;

/// Moves a context into a snapshot; an empty one stays, with its allocations.
pub(super) fn freeze(context: &mut Context, program: &Program) -> Snapshot {
    // Before the receivers are moved out.
    let more = receiver_slots(&context.frames);
    let mut out = Packer { bytes: Bytes::new(), held: SmallVec::new() };
    head::write(context, program, &mut out.bytes);
    out.surroundings(context);
    let awaited = out.awaited(context);
    let stack = &mut context.stack;
    let Ok(()) = each_slot(program, &context.frames, &more, |slot| {
        match stack.get_mut(slot as usize) {
            Some(value) => out.value(value.take()),
            None => out.bytes.push(tag::NULL),
        }
        Ok::<(), Infallible>(())
    });
    context.clear();
    Snapshot { awaited, body: out.into_body() }
}

/// The bytes that a table begins with.
pub(super) fn bytes_of(table: &[Held]) -> Bytes {
    let mut all = Bytes::new();
    for held in table {
        let Held::Bytes { length, bytes } = held else { break };
        all.extend_from_slice(&bytes[..usize::from(*length)]);
    }
    all
}

struct Packer {
    bytes: Bytes,
    held: SmallVec<[Held; 8]>,
}

impl Packer {
    /// Takes the promise that the context waits for. Anything else in its place is the answer already, a value.
    fn awaited(&mut self, context: &mut Context) -> Option<Handle> {
        let place = context.stack.get_mut(context.wait? as usize)?;
        match place.take() {
            Value::Handle(handle) => Some(handle),
            answer => {
                self.value(answer);
                None
            }
        }
    }

    fn into_body(self) -> Body {
        let all = self.bytes.as_slice();
        if let Some(rest) = SHORT.checked_sub(all.len())
            && self.held.is_empty()
        {
            let mut bytes = [0; SHORT];
            bytes[..SHORT - rest].copy_from_slice(all);
            return Body::Short { length: all.len() as u8, bytes };
        }
        let chunks = all.chunks(CHUNK).map(|part| {
            let mut bytes = [0; CHUNK];
            bytes[..part.len()].copy_from_slice(part);
            Held::Bytes { length: part.len() as u8, bytes }
        });
        let mut table = Vec::with_capacity(chunks.len() + self.held.len());
        table.extend(chunks);
        table.extend(self.held);
        Body::Table(table.into_boxed_slice())
    }

    fn surroundings(&mut self, context: &mut Context) {
        if !context.cells.is_empty() {
            self.held.push(Held::Cells(Box::new(std::mem::take(&mut context.cells))));
        }
        match std::mem::take(&mut context.globals) {
            Globals::None => {}
            Globals::View(view) => self.held.push(Held::View(view)),
            own @ Globals::Own { .. } => self.held.push(Held::Globals(Box::new(own))),
        }
        if let Some(fault) = context.pending.take() {
            self.held.push(Held::Value(Value::Error(fault)));
        }
        for frame in &mut context.frames {
            if let Some(closure) = frame.closure.take() {
                self.held.push(Held::Value(Value::Closure(closure)));
            }
            if let Some(receiver) = std::mem::take(&mut frame.receiver).into_receiver() {
                self.held.push(Held::Receiver(receiver));
            }
        }
    }

    fn value(&mut self, value: Value) {
        let out = &mut self.bytes;
        match value {
            Value::Null => out.push(tag::NULL),
            Value::Bool(value) => out.push(if value { tag::TRUE } else { tag::FALSE }),
            Value::Unset => out.push(tag::UNSET),
            Value::None => out.push(tag::NONE),
            Value::Int(value) => put_int(out, value),
            Value::Float(value) => {
                out.push(tag::FLOAT);
                out.extend_from_slice(&value.to_le_bytes());
            }
            Value::Function(id) => tagged(out, tag::FUNCTION, id.0.into()),
            Value::Native(id) => tagged(out, tag::NATIVE, id.0.into()),
            Value::Constructor(variant) => tagged(out, tag::CONSTRUCTOR, variant.into()),
            Value::Module(module) => tagged(out, tag::MODULE, module.into()),
            // The table of cells keeps the reference.
            Value::Cell(cell) => tagged(out, tag::CELL, cell.position() as u64),
            Value::Text(text) if text.as_str().len() <= INLINE_TEXT && text.is_unique() => {
                out.push(tag::TEXT);
                put_bytes(out, text.as_str().as_bytes());
            }
            large => {
                out.push(tag::HELD);
                self.held.push(Held::Value(large));
            }
        }
    }
}

fn tagged(out: &mut Bytes, tag: u8, number: u64) {
    out.push(tag);
    put(out, number);
}

/// Moves bytes, the table they stand in and the awaited promise into an empty context.
pub(super) fn thaw(
    bytes: &[u8],
    table: Vec<Held>,
    awaited: Option<Handle>,
    program: &Program,
    context: &mut Context,
) -> Result<(), ThawError> {
    let mut reader = Reader::new(bytes);
    let head = head::read(&mut reader, program, context)?;
    let mut unpacker = Unpacker { reader, held: table.into_iter() };
    unpacker.surroundings(&head, context)?;
    let size = stack_size(program, &context.frames) as usize;
    context.stack.resize_with(size, Value::default);
    let answer = match (awaited, context.wait) {
        (None, None) => None,
        (Some(promise), Some(_)) => Some(Value::Handle(promise)),
        (None, Some(_)) => Some(unpacker.value(&context.cells)?),
        (Some(_), None) => return Err(ThawError::Malformed("a promise is awaited by nothing")),
    };
    let (stack, cells) = (&mut context.stack, &context.cells);
    each_slot(program, &context.frames, &receiver_slots(&context.frames), |slot| {
        let value = unpacker.value(cells)?;
        let place = stack.get_mut(slot as usize);
        *place.ok_or(ThawError::Malformed("a receiver lies outside of the stack"))? = value;
        Ok(())
    })?;
    if let (Some(answer), Some(wait)) = (answer, context.wait) {
        stack[wait as usize] = answer;
    }
    match unpacker.reader.is_empty() && unpacker.next().is_err() {
        true => Ok(()),
        false => Err(ThawError::Malformed("there is more than the frames need")),
    }
}

struct Unpacker<'a> {
    reader: Reader<'a>,
    held: IntoIter<Held>,
}

impl Unpacker<'_> {
    fn surroundings(&mut self, head: &Head, context: &mut Context) -> Result<(), ThawError> {
        const KIND: ThawError = ThawError::Malformed("the handle table holds something else");
        if head.flags & has::CELLS != 0 {
            let Held::Cells(cells) = self.next()? else { return Err(KIND) };
            context.cells = *cells;
        }
        if head.flags & (has::VIEW | has::OWN_GLOBALS) != 0 {
            context.globals = match self.next()? {
                Held::View(view) => Globals::View(view),
                Held::Globals(globals) => *globals,
                _ => return Err(KIND),
            };
        }
        if head.flags & has::PENDING != 0 {
            context.pending = Some(self.fault()?);
        }
        for (frame, flags) in context.frames.iter_mut().zip(&head.frames) {
            if flags & frame_has::CLOSURE != 0 {
                let Held::Value(Value::Closure(closure)) = self.next()? else { return Err(KIND) };
                frame.closure = Some(closure);
            }
            if flags & frame_has::RECEIVER != 0 {
                let Held::Receiver(receiver) = self.next()? else { return Err(KIND) };
                frame.receiver = receiver.into();
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Held, ThawError> {
        loop {
            match self.held.next() {
                Some(Held::Bytes { .. }) => {}
                Some(held) => return Ok(held),
                None => return Err(ThawError::Truncated),
            }
        }
    }

    fn fault(&mut self) -> Result<Fault, ThawError> {
        match self.next()? {
            Held::Value(Value::Error(fault)) => Ok(fault),
            _ => Err(ThawError::Malformed("the pending error is none")),
        }
    }

    fn value(&mut self, cells: &Cells) -> Result<Value, ThawError> {
        let reader = &mut self.reader;
        Ok(match reader.byte()? {
            tag::NULL => Value::Null,
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::UNSET => Value::Unset,
            tag::NONE => Value::None,
            tag::INT => Value::Int(reader.signed()?),
            tag::FLOAT => Value::Float(f64::from_le_bytes(reader.array()?)),
            tag::FUNCTION => Value::Function(FunctionId(reader.number_u32()?)),
            tag::NATIVE => Value::Native(NativeId(reader.number_u16()?)),
            tag::CONSTRUCTOR => Value::Constructor(reader.number_u16()?),
            tag::MODULE => Value::Module(reader.number_u16()?),
            tag::CELL => {
                let cell = cells.reference(reader.number_u32()? as usize);
                Value::Cell(cell.cloned().ok_or(ThawError::Malformed("there is no such cell"))?)
            }
            tag::TEXT => Value::text(reader.text()?),
            tag::HELD => match self.next()? {
                Held::Value(value) => value,
                _ => return Err(ThawError::Malformed("the handle table holds something else")),
            },
            small if small & tag::SMALL != 0 => Value::Int((small & !tag::SMALL).into()),
            _ => return Err(ThawError::Malformed("there is no such kind of value")),
        })
    }
}
