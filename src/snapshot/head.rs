//! What both forms begin with: frames, `wait`, `reply` and what else there is.
//!
//! Layout: flags, number of frames, frames (function, ip, base, result, flags), then wait, reply and the counter of
//! inline awaits as the flags say. Positions are relative, so that most are one byte.

use super::ThawError;
use super::format::{Bytes, Reader, put, put_signed};
use super::kept::stack_size;
use crate::bytecode::{FunctionId, Op, Program};
use crate::context::{Context, Frame, Globals};
use crate::value::TracePoint;

/// More slots than any context may have: bounds what a few bytes can make us allocate.
const MAX_STACK: u32 = 1 << 24;

/// Bits of the first byte. None is above `0x20`: the portable form begins with `0xB7`.
pub(super) mod has {
    pub(crate) const WAIT: u8 = 1;
    pub(crate) const PENDING: u8 = 2;
    pub(crate) const CELLS: u8 = 4;
    pub(crate) const VIEW: u8 = 8;
    pub(crate) const OWN_GLOBALS: u8 = 16;
    pub(crate) const INLINE_AWAITS: u8 = 32;
}

/// Bits of a frame's flags.
pub(super) mod frame_has {
    pub(crate) const INLINE: u8 = 1;
    pub(crate) const STORES_RESULT: u8 = 2;
    pub(crate) const CLOSURE: u8 = 4;
    pub(crate) const RECEIVER: u8 = 8;
}

/// What was found, besides what is in the context already.
pub(super) struct Head {
    pub(super) flags: u8,
    /// Each frame's flags.
    pub(super) frames: smallvec::SmallVec<[u8; 16]>,
}

/// Writes the head of a context.
pub(super) fn write(context: &Context, program: &Program, out: &mut Bytes) {
    out.push(flags(context));
    put(out, context.frames.len() as u64);
    let mut base = 0;
    for frame in &context.frames {
        write_frame(frame, base, out);
        base = frame.base;
    }
    let relative = |slot: u32| i64::from(slot) - i64::from(base);
    if let Some(wait) = context.wait {
        put_signed(out, relative(wait));
    }
    // Left over from a request of a frame that is gone, it may point behind the stack.
    let is_stale = context.reply >= stack_size(program, &context.frames);
    put_signed(out, if is_stale { 0 } else { relative(context.reply) });
    if context.inline_awaits > 0 {
        put(out, context.inline_awaits.into());
    }
}

fn flags(context: &Context) -> u8 {
    let bit = |condition: bool, bit: u8| if condition { bit } else { 0 };
    bit(context.wait.is_some(), has::WAIT)
        | bit(context.pending.is_some(), has::PENDING)
        | bit(!context.cells.is_empty(), has::CELLS)
        | bit(matches!(context.globals, Globals::View(_)), has::VIEW)
        | bit(matches!(context.globals, Globals::Own { .. }), has::OWN_GLOBALS)
        | bit(context.inline_awaits > 0, has::INLINE_AWAITS)
}

fn write_frame(frame: &Frame, previous: u32, out: &mut Bytes) {
    put(out, frame.function.0.into());
    put(out, frame.ip.into());
    put_signed(out, i64::from(frame.base) - i64::from(previous));
    put_signed(out, i64::from(frame.base) - i64::from(frame.result));
    let bit = |condition: bool, bit: u8| if condition { bit } else { 0 };
    out.push(
        bit(frame.inline, frame_has::INLINE)
            | bit(frame.stores_result, frame_has::STORES_RESULT)
            | bit(frame.closure.is_some(), frame_has::CLOSURE)
            | bit(!frame.receiver.is_none(), frame_has::RECEIVER),
    );
}

/// Reads a head into an empty context; every number is checked against the program.
pub(super) fn read(
    reader: &mut Reader<'_>,
    program: &Program,
    context: &mut Context,
) -> Result<Head, ThawError> {
    let mut head = Head { flags: reader.byte()?, frames: Default::default() };
    for _ in 0..reader.count()? {
        let (frame, flags) = read_frame(reader, program, context.frames.last())?;
        context.frames.push(frame);
        head.frames.push(flags);
    }
    let size = stack_size(program, &context.frames);
    if size > MAX_STACK || context.frames.iter().any(|frame| frame.result >= size.max(1)) {
        return Err(ThawError::Malformed("a frame lies outside of the stack"));
    }
    let base = context.frames.last().map_or(0, |frame| frame.base);
    if head.flags & has::WAIT != 0 {
        context.wait = Some(read_slot(reader, base, size)?);
    }
    context.reply = read_slot(reader, base, size.max(1))?;
    if head.flags & has::INLINE_AWAITS != 0 {
        context.inline_awaits = reader.number_u32()?;
    }
    Ok(head)
}

fn read_slot(reader: &mut Reader<'_>, base: u32, size: u32) -> Result<u32, ThawError> {
    let slot = i64::from(base).checked_add(reader.signed()?).and_then(|slot| u32::try_from(slot).ok());
    slot.filter(|slot| *slot < size).ok_or(ThawError::Malformed("a position lies outside of the stack"))
}

fn read_frame(
    reader: &mut Reader<'_>,
    program: &Program,
    previous: Option<&Frame>,
) -> Result<(Frame, u8), ThawError> {
    const OUTSIDE: ThawError = ThawError::Malformed("a frame lies outside of the stack");
    let function = FunctionId(reader.number_u32()?);
    let code = program.functions.get(function.index()).map(|function| function.code.len());
    let ip = reader.number_u32()?;
    if code.is_none_or(|length| ip as usize >= length) {
        return Err(ThawError::Malformed("a frame runs what is not in the program"));
    }
    let start = previous.map_or(0, |frame| frame.base);
    let registers = previous.map_or(0, |frame| program.function(frame.function).registers);
    let base = i64::from(start).checked_add(reader.signed()?).and_then(|base| u32::try_from(base).ok());
    // A frame starts inside of the one before, or right behind it.
    let furthest = start.saturating_add(u32::from(registers) + u32::from(previous.is_some()));
    let base = base.filter(|base| (start..=furthest).contains(base)).ok_or(OUTSIDE)?;
    let result = i64::from(base).checked_sub(reader.signed()?).and_then(|slot| u32::try_from(slot).ok());
    let flags = reader.byte()?;
    if flags & frame_has::INLINE != 0 && !previous.is_none_or(|caller| awaits_inline(program, caller)) {
        return Err(ThawError::Malformed("a frame is awaited by nothing"));
    }
    let frame = Frame {
        ip,
        inline: flags & frame_has::INLINE != 0,
        stores_result: flags & frame_has::STORES_RESULT != 0,
        ..Frame::new(function, base, result.ok_or(OUTSIDE)?, None)
    };
    Ok((frame, flags))
}

/// Whether a frame stands before the instruction that its inline callee makes it skip.
fn awaits_inline(program: &Program, caller: &Frame) -> bool {
    let next = program.function(caller.function).code.get(caller.ip as usize);
    matches!(next, Some(Op::Await { inline: true, .. }))
}

/// The places of the frames, outermost first, without looking at anything else; as many as the bytes have.
pub(super) fn read_trace(reader: &mut Reader<'_>) -> Vec<TracePoint> {
    let mut points = Vec::new();
    // What is cut off ends the list.
    let _ = read_points(reader, &mut points);
    points
}

fn read_points(reader: &mut Reader<'_>, points: &mut Vec<TracePoint>) -> Result<(), ThawError> {
    let waits = reader.byte()? & has::WAIT != 0;
    let count = reader.number()?;
    for at in 1..=count {
        let (function, ip) = (FunctionId(reader.number_u32()?), reader.number_u32()?);
        let _ = (reader.signed()?, reader.signed()?, reader.byte()?);
        // The last one may stand before its instruction, all others stand behind their calls.
        let stands_behind = waits || at < count;
        points.push(TracePoint { function, ip: ip.saturating_sub(stands_behind.into()) });
    }
    Ok(())
}
