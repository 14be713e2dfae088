//! The portable form, read.
//!
//! Invariant: no input panics, hangs or over-allocates (the time is linear in its length, but for sets of values that share
//! large parts: quadratic). Every number is checked against the program, the bytes that are
//! left or what was read before. A stack of finished values takes the place of recursion, so a value can have only as
//! many parts as were written.

use super::ThawError;
use super::encode::{cell, error_has, hop};
use super::format::{Reader, checksum, tag};
use super::head::{self, Head, frame_has, has};
use super::kept::{kept_slots, stack_size};
use super::receiver;
use crate::bytecode::{EnumId, FunctionId, NativeId, Program, StructId};
use crate::context::{Access, Cells, Context, Frame, Globals, PathStep, View};
use crate::value::{
    Bound, Closure, Counted, Deque, Dict, End, EnumValue, Fault, Handle, Hop, Key, Lazy, Scope, Set,
    StructValue, Suspension, TracePoint, Value,
};

/// What a portable snapshot begins with; no packed one does.
pub(super) const MAGIC: [u8; 4] = *b"\xB7rfs";
/// The version of the format that is written, and the only one that is read.
pub(super) const VERSION: u16 = 1;
/// Bytes of magic, version, fingerprint and checksum.
pub(super) const HEADER: usize = 4 + 2 + 8 + 8;

const MISPLACED: ThawError = ThawError::Malformed("a hidden value is in the wrong place");

/// Reads a snapshot into an empty context. Without `fingerprint` it is known to be of this program.
pub(super) fn read(
    bytes: &[u8],
    program: &Program,
    fingerprint: Option<u64>,
    handles: &[Handle],
    context: &mut Context,
) -> Result<(), ThawError> {
    let payload = check_header(bytes, fingerprint)?;
    let mut reader = Reader::new(payload);
    let head = head::read(&mut reader, program, context)?;
    let shapes = Shapes::read(&mut reader, program, context, &head)?;
    let mut decoder =
        Decoder { reader, program, handles, cells: &context.cells, values: Vec::new(), bodies: Vec::new() };
    decoder.stream()?;
    let mut pool = Pool { values: decoder.values.into_iter() };
    pool.cells(&shapes.cells, &mut context.cells)?;
    for (frame, &flags) in context.frames.iter_mut().zip(&head.frames) {
        pool.frame(frame, flags, program)?;
    }
    receiver::lend(context)?;
    context.globals = pool.globals(head.flags, shapes.globals)?;
    context.pending = pool.pending(head.flags)?;
    pool.stack(program, context)
}

fn check_header(bytes: &[u8], fingerprint: Option<u64>) -> Result<&[u8], ThawError> {
    let mut reader = Reader::new(bytes);
    if reader.take(MAGIC.len()) != Ok(&MAGIC) {
        return Err(ThawError::NotASnapshot);
    }
    let version = u16::from_le_bytes(reader.array()?);
    if version != VERSION {
        return Err(ThawError::Version(version));
    }
    let of_program = u64::from_le_bytes(reader.array()?);
    if fingerprint.is_some_and(|expected| expected != of_program) {
        return Err(ThawError::OtherProgram);
    }
    let sum = u64::from_le_bytes(reader.array()?);
    let payload = &bytes[HEADER..];
    if checksum(payload) == sum { Ok(payload) } else { Err(ThawError::Damaged) }
}

/// What stands between head and values.
struct Shapes {
    cells: Vec<u8>,
    globals: usize,
}

impl Shapes {
    /// Reads them; receivers go to their frames with nulls for indexes.
    fn read(
        reader: &mut Reader<'_>,
        program: &Program,
        context: &mut Context,
        head: &Head,
    ) -> Result<Shapes, ThawError> {
        let mut shapes = Shapes { cells: Vec::new(), globals: 0 };
        if head.flags & has::CELLS != 0 {
            let count = reader.count()?;
            shapes.cells = reader.take(count)?.to_vec();
            context.cells = Cells::reserve(count);
        }
        let size = stack_size(program, &context.frames);
        for (frame, flags) in context.frames.iter_mut().zip(&head.frames) {
            if flags & frame_has::RECEIVER != 0 {
                frame.receiver = Box::new(receiver::read(reader, program, &context.cells, size)?).into();
            }
        }
        if head.flags & (has::VIEW | has::OWN_GLOBALS) != 0 {
            shapes.globals = reader.count()?;
        }
        Ok(shapes)
    }
}

struct Decoder<'a> {
    reader: Reader<'a>,
    program: &'a Program,
    handles: &'a [Handle],
    cells: &'a Cells,
    /// Values that are not yet part of another.
    values: Vec<Value>,
    /// All bodies so far, by number.
    bodies: Vec<Value>,
}

impl Decoder<'_> {
    fn stream(&mut self) -> Result<(), ThawError> {
        loop {
            let tag = self.reader.byte()?;
            if tag == tag::END {
                let all_read = self.reader.is_empty();
                return if all_read {
                    Ok(())
                } else {
                    Err(ThawError::Malformed("something follows the end"))
                };
            }
            let value = match self.scalar(tag)? {
                Some(value) => value,
                None => {
                    let body = self.body(tag)?;
                    self.bodies.push(body.clone());
                    body
                }
            };
            self.values.push(value);
        }
    }

    fn scalar(&mut self, tag: u8) -> Result<Option<Value>, ThawError> {
        let reader = &mut self.reader;
        Ok(Some(match tag {
            tag::NULL => Value::Null,
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::UNSET => Value::Unset,
            tag::NONE => Value::None,
            tag::INT => Value::Int(reader.signed()?),
            tag::FLOAT => Value::Float(f64::from_le_bytes(reader.array()?)),
            tag::FUNCTION => Value::Function(self.captureless()?),
            tag::NATIVE => {
                let id = NativeId(reader.number_u16()?);
                below(id.index(), self.program.native_names.len())?;
                Value::Native(id)
            }
            tag::CONSTRUCTOR => {
                let variant = reader.number_u16()?;
                below(variant.into(), self.program.variants.len())?;
                Value::Constructor(variant)
            }
            tag::MODULE => {
                let module = reader.number_u16()?;
                below(module.into(), self.program.modules.len())?;
                Value::Module(module)
            }
            tag::CELL => {
                let cell = self.cells.reference(reader.number_u32()? as usize);
                Value::Cell(cell.cloned().ok_or(ThawError::Malformed("there is no such cell"))?)
            }
            tag::GENERATOR => {
                let lazy = if reader.byte()? == 0 { Lazy::Generator } else { Lazy::Iterator };
                let cell = self.cells.reference(reader.number_u32()? as usize);
                Value::Generator(cell.cloned().ok_or(ThawError::Malformed("there is no such cell"))?, lazy)
            }
            tag::SAME => {
                let body = self.bodies.get(reader.number_u32()? as usize);
                body.cloned().ok_or(ThawError::Malformed("there is no such body yet"))?
            }
            tag::HANDLE => {
                let handle = self.handles.get(reader.number_u32()? as usize);
                Value::Handle(handle.cloned().ok_or(ThawError::Malformed("there is no such handle"))?)
            }
            small if small & tag::SMALL != 0 => Value::Int((small & !tag::SMALL).into()),
            _ => return Ok(None),
        }))
    }

    fn body(&mut self, tag: u8) -> Result<Value, ThawError> {
        Ok(match tag {
            tag::TEXT => Value::text(self.reader.text()?),
            tag::BYTES => {
                let length = self.reader.count()?;
                Value::bytes(self.reader.take(length)?.to_vec())
            }
            tag::ARRAY => Value::array(self.counted_parts()?),
            tag::DICT => self.dict()?,
            tag::SET => {
                let set = Set::from_items(self.counted_parts()?);
                Value::Set(Counted::new(set.map_err(|_| ThawError::Malformed("a set is nested too deeply"))?))
            }
            tag::QUEUE => Value::Deque(Counted::new(Deque::new(End::Front, self.counted_parts()?))),
            tag::STACK => Value::Deque(Counted::new(Deque::new(End::Back, self.counted_parts()?))),
            tag::STRUCT => self.structure()?,
            tag::ENUM => self.variant()?,
            tag::OK => Value::Ok(Counted::new(self.part()?)),
            tag::ERR => Value::Err(Counted::new(self.part()?)),
            tag::SOME => Value::Some(Counted::new(self.part()?)),
            tag::CLOSURE => self.closure()?,
            tag::SCOPE => {
                let count = self.reader.number_u32()?;
                let captures = self.raw_parts(count as usize)?.into();
                Value::Scope(Counted::new(Scope { captures }))
            }
            tag::BOUND => {
                let (callee, receiver) = (self.part()?, self.part()?);
                // One that binds another would be called by recursion.
                if !matches!(callee, Value::Function(_) | Value::Closure(_) | Value::Native(_)) {
                    return Err(ThawError::Malformed("a method is no function"));
                }
                Value::Bound(Counted::new(Bound { receiver, callee }))
            }
            tag::SUSPENDED => self.suspension()?,
            tag::ERROR => self.error()?,
            _ => return Err(ThawError::Malformed("there is no such kind of value")),
        })
    }

    /// The last `count` values, which only registers and captures may hold in the hidden kinds.
    fn parts(&mut self, count: usize) -> Result<Vec<Value>, ThawError> {
        let parts = self.raw_parts(count)?;
        let hidden = parts.iter().any(|part| matches!(part, Value::Unset | Value::Cell(_)));
        if hidden { Err(ThawError::Malformed("a value holds a variable")) } else { Ok(parts) }
    }

    fn raw_parts(&mut self, count: usize) -> Result<Vec<Value>, ThawError> {
        let start = self.values.len().checked_sub(count);
        let start = start.ok_or(ThawError::Malformed("a value has parts that were not written"))?;
        let parts = self.values.split_off(start);
        let misplaced = parts.iter().any(|part| matches!(part, Value::Suspended(_) | Value::Scope(_)));
        if misplaced { Err(MISPLACED) } else { Ok(parts) }
    }

    fn counted_parts(&mut self) -> Result<Vec<Value>, ThawError> {
        let count = self.reader.number_u32()?;
        self.parts(count as usize)
    }

    fn part(&mut self) -> Result<Value, ThawError> {
        Ok(self.parts(1)?.pop().unwrap_or_default())
    }

    fn dict(&mut self) -> Result<Value, ThawError> {
        let count = self.reader.number_u32()? as usize;
        let mut parts = self.parts(count.saturating_mul(2))?.into_iter();
        let mut dict = Dict::with_capacity(count);
        while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
            let key = match key {
                Value::Int(key) => Key::Int(key),
                Value::Text(key) => Key::Text(key),
                _ => return Err(ThawError::Malformed("a dict has a key of another kind")),
            };
            dict.insert(key, value);
        }
        Ok(Value::dict(dict))
    }

    fn structure(&mut self) -> Result<Value, ThawError> {
        let id = StructId(self.reader.number_u16()?);
        let def =
            self.program.structs.get(id.index()).ok_or(ThawError::Malformed("there is no such struct"))?;
        let scope = def.scope.map(|scope| self.scope(scope)).transpose()?;
        let mut fields = self.parts(def.fields.len())?;
        fields.extend(scope);
        Ok(Value::Struct(Counted::new(StructValue { id, fields })))
    }

    /// What the functions of a struct close over: as many variables as `function` captures.
    fn scope(&mut self, function: FunctionId) -> Result<Value, ThawError> {
        let count = self.program.function(function).captures.len();
        match self.values.pop() {
            Some(Value::Scope(scope)) if scope.captures.len() == count => Ok(Value::Scope(scope)),
            _ => Err(ThawError::Malformed("a struct lacks its scope")),
        }
    }

    fn variant(&mut self) -> Result<Value, ThawError> {
        let (id, variant) = (EnumId(self.reader.number_u16()?), self.reader.number_u16()?);
        let payload = self.counted_parts()?;
        let def = self.program.enums.get(id.index()).and_then(|def| def.variants.get(usize::from(variant)));
        let fits = def.is_some_and(|def| def.payload.is_none_or(|count| usize::from(count) == payload.len()));
        if !fits {
            return Err(ThawError::Malformed("there is no such enum value"));
        }
        Ok(Value::Enum(Counted::new(EnumValue { id, variant, payload: payload.into() })))
    }

    fn closure(&mut self) -> Result<Value, ThawError> {
        let function = self.function()?;
        let captures = self.raw_parts(self.program.function(function).captures.len())?.into();
        Ok(Value::Closure(Counted::new(Closure { function, captures })))
    }

    fn suspension(&mut self) -> Result<Value, ThawError> {
        let function = self.function()?;
        let ip = self.reader.number_u32()?;
        let prototype = self.program.function(function);
        if !prototype.flags.is_generator || ip as usize >= prototype.code.len() {
            return Err(ThawError::Malformed("a generator runs what is none"));
        }
        let mut parts = self.raw_parts(usize::from(prototype.registers) + 1)?.into_iter();
        let callee = parts.next().unwrap_or_default();
        let fits = match &callee {
            Value::Closure(closure) => closure.function == function,
            Value::Null => prototype.captures.is_empty(),
            _ => false,
        };
        if !fits {
            return Err(ThawError::Malformed("a generator runs another closure"));
        }
        let registers = parts.collect();
        Ok(Value::Suspended(Counted::new(Suspension { function, ip, callee, registers })))
    }

    fn error(&mut self) -> Result<Value, ThawError> {
        let (message, kind) = (self.part()?, self.part()?);
        let cause = self.part()?;
        // What closes a generator has a value that no script has.
        let value = self.raw_parts(1)?.pop().unwrap_or_default();
        if matches!(value, Value::Cell(_)) {
            return Err(ThawError::Malformed("a value holds a variable"));
        }
        let (Value::Text(message), Value::Text(kind)) = (message, kind) else {
            return Err(ThawError::Malformed("an error has no message"));
        };
        let mut fault = Fault::of_kind(kind, message).with_value(value).with_cause(cause);
        let has = self.reader.byte()?;
        if has & error_has::HINT != 0 {
            fault = fault.with_hint(self.reader.text()?);
        }
        let mut trace = Vec::new();
        for _ in 0..self.reader.count()? {
            trace.push(self.point()?);
        }
        if has & error_has::HOPS != 0 {
            fault.body_mut().hops = self.hops()?;
        }
        Ok(Value::Error(fault.with_trace(trace)))
    }

    fn hops(&mut self) -> Result<Vec<Hop>, ThawError> {
        let mut hops = Vec::new();
        for _ in 0..self.reader.count()? {
            hops.push(match self.reader.byte()? {
                hop::SPAWNED => Hop::Spawned(self.point()?),
                hop::AWAITED => Hop::Awaited(self.point()?),
                _ => return Err(ThawError::Malformed("an error came by an unknown way")),
            });
        }
        Ok(hops)
    }

    fn point(&mut self) -> Result<TracePoint, ThawError> {
        Ok(TracePoint { function: self.function()?, ip: self.reader.number_u32()? })
    }

    /// A function as a plain value.
    fn captureless(&mut self) -> Result<FunctionId, ThawError> {
        let id = self.function()?;
        let captures = self.program.function(id).captures.len();
        if captures == 0 { Ok(id) } else { Err(ThawError::Malformed("a function lacks its closure")) }
    }

    fn function(&mut self) -> Result<FunctionId, ThawError> {
        let id = FunctionId(self.reader.number_u32()?);
        below(id.index(), self.program.functions.len())?;
        Ok(id)
    }
}

fn below(index: usize, count: usize) -> Result<(), ThawError> {
    if index < count { Ok(()) } else { Err(ThawError::Malformed("something is not in the program")) }
}

/// The values of the stream, handed out in the order in which `encode` wrote them.
struct Pool {
    values: std::vec::IntoIter<Value>,
}

impl Pool {
    /// The state of a generator may be nowhere but in its variable,
    fn next(&mut self) -> Result<Value, ThawError> {
        let value = self.variable()?;
        if matches!(value, Value::Suspended(_)) { Err(MISPLACED) } else { Ok(value) }
    }

    /// the scope of a struct's functions nowhere but in such a struct.
    fn variable(&mut self) -> Result<Value, ThawError> {
        match self.values.next().ok_or(ThawError::Truncated)? {
            Value::Scope(_) => Err(MISPLACED),
            value => Ok(value),
        }
    }

    fn cells(&mut self, kinds: &[u8], cells: &mut Cells) -> Result<(), ThawError> {
        for (position, kind) in kinds.iter().enumerate() {
            match *kind {
                cell::FREE => cells.release(position),
                cell::OWN => cells.restore(position, self.variable()?, Access::Own),
                cell::READ_ONLY => cells.restore(position, self.variable()?, Access::ReadOnly),
                _ => return Err(ThawError::Malformed("a cell is of no kind")),
            }
        }
        Ok(())
    }

    fn frame(&mut self, frame: &mut Frame, flags: u8, program: &Program) -> Result<(), ThawError> {
        if flags & frame_has::CLOSURE != 0 {
            frame.closure = match self.next()? {
                Value::Closure(closure) if closure.function == frame.function => Some(closure),
                _ => return Err(ThawError::Malformed("a frame runs another closure")),
            };
        }
        for step in frame.receiver.kept_mut().into_iter().flat_map(|receiver| &mut receiver.steps) {
            if let PathStep::Index(index) = step {
                *index = self.next()?;
            }
        }
        if frame.closure.is_none() && !program.function(frame.function).captures.is_empty() {
            return Err(ThawError::Malformed("a frame lacks its closure"));
        }
        Ok(())
    }

    fn globals(&mut self, flags: u8, count: usize) -> Result<Globals, ThawError> {
        let values = (0..count).map(|_| self.next()).collect::<Result<Vec<_>, _>>()?;
        Ok(if flags & has::OWN_GLOBALS != 0 {
            Globals::Own { values, views: Vec::new() }
        } else if flags & has::VIEW != 0 {
            Globals::View(Counted::new(View::new(values)))
        } else {
            Globals::None
        })
    }

    fn pending(&mut self, flags: u8) -> Result<Option<Fault>, ThawError> {
        if flags & has::PENDING == 0 {
            return Ok(None);
        }
        match self.next()? {
            Value::Error(fault) => Ok(Some(fault)),
            _ => Err(ThawError::Malformed("the pending error is none")),
        }
    }

    fn stack(mut self, program: &Program, context: &mut Context) -> Result<(), ThawError> {
        context.stack.resize(stack_size(program, &context.frames) as usize, Value::Null);
        for slot in kept_slots(program, context) {
            context.stack[slot as usize] = self.next()?;
        }
        let all_used = self.values.next().is_none();
        if all_used { Ok(()) } else { Err(ThawError::Malformed("there is more than the frames need")) }
    }
}
