//! Receivers in the portable form: the places that are `self` of the calls, as shapes. The values of their indexes follow
//! with all others.
//!
//! Layout: where it starts, its number there, name, why it must not change, steps; then the cell by which closures know it,
//! if they do. That the cell is lent to the call is not written: it follows from this.
//! Invariant: what is read refers to cells, slots and names that exist.

use super::ThawError;
use super::format::{Bytes, Reader, put, put_bytes};
use crate::bytecode::{Program, Symbol};
use crate::context::{Cells, Context, PathStep, Receiver, ReceiverRoot};
use crate::value::{CellRef, Value};

const SLOT: u8 = 0;
const CELL: u8 = 1;
const GLOBAL: u8 = 2;
/// With this bit: closures know the place.
const SHARED: u8 = 0x10;

const FIELD: u8 = 0;
const INDEX: u8 = 1;

pub(super) fn write(receiver: &Receiver, out: &mut Bytes) {
    let (kind, number) = match &receiver.root {
        ReceiverRoot::Slot(slot) => (SLOT, *slot),
        ReceiverRoot::Cell(cell) => (CELL, cell.position() as u32),
        ReceiverRoot::Global(index) => (GLOBAL, *index),
    };
    out.push(if receiver.shared.is_some() { kind | SHARED } else { kind });
    put(out, number.into());
    put(out, receiver.name.0.into());
    put_bytes(out, receiver.immutable.unwrap_or_default().as_bytes());
    put(out, receiver.steps.len() as u64);
    for step in &receiver.steps {
        match step {
            // A kept receiver was found, so nothing is missing on its path.
            PathStep::Field(name) | PathStep::FieldOrNull(name) => {
                out.push(FIELD);
                put(out, name.0.into());
            }
            PathStep::Index(_) => out.push(INDEX),
        }
    }
    if let Some(cell) = &receiver.shared {
        put(out, cell.position() as u64);
    }
}

/// Reads one; its indexes are null for now.
pub(super) fn read(
    reader: &mut Reader<'_>,
    program: &Program,
    cells: &Cells,
    stack_size: u32,
) -> Result<Receiver, ThawError> {
    let (kind, number) = (reader.byte()?, reader.number_u32()?);
    let root = match kind & !SHARED {
        SLOT if number < stack_size => ReceiverRoot::Slot(number),
        CELL => ReceiverRoot::Cell(read_cell(cells, number)?),
        GLOBAL if (number as usize) < program.globals.len() => ReceiverRoot::Global(number),
        _ => return Err(ThawError::Malformed("a receiver starts nowhere")),
    };
    let name = read_symbol(reader, program)?;
    let immutable = match reader.text()? {
        "" => None,
        word => Some(immutable_word(program, word)?),
    };
    let mut steps = Vec::new();
    for _ in 0..reader.count()? {
        steps.push(match reader.byte()? {
            FIELD => PathStep::Field(read_symbol(reader, program)?),
            INDEX => PathStep::Index(Value::Null),
            _ => return Err(ThawError::Malformed("a place has an unknown step")),
        });
    }
    let shared = match kind & SHARED {
        0 => None,
        _ => Some(read_cell(cells, reader.number_u32()?)?),
    };
    Ok(Receiver { root, steps, name, immutable, shared })
}

fn read_cell(cells: &Cells, number: u32) -> Result<CellRef, ThawError> {
    let cell = cells.reference(number as usize).cloned();
    cell.ok_or(ThawError::Malformed("a receiver names no cell"))
}

fn read_symbol(reader: &mut Reader<'_>, program: &Program) -> Result<Symbol, ThawError> {
    let symbol = Symbol(reader.number_u32()?);
    let known = symbol.index() < program.symbols.len();
    if known { Ok(symbol) } else { Err(ThawError::Malformed("a name is not in the program")) }
}

/// The program's own copy of the word that says why a place must not change.
fn immutable_word(program: &Program, word: &str) -> Result<&'static str, ThawError> {
    let mut places = program.functions.iter().flat_map(|function| &function.places);
    let found = places.find_map(|place| place.immutable.filter(|known| *known == word));
    found.ok_or(ThawError::Malformed("a place is immutable for an unknown reason"))
}

/// The cells by which closures know receivers are lent to their calls again, now that all are there.
pub(super) fn lend(context: &mut Context) -> Result<(), ThawError> {
    for (call, frame) in context.frames.iter().enumerate() {
        if let Some(cell) = frame.receiver.kept().and_then(|receiver| receiver.shared.as_ref())
            && !context.cells.lend(cell, call as u32)
        {
            return Err(ThawError::Malformed("a receiver is shared by a cell of others"));
        }
    }
    Ok(())
}
