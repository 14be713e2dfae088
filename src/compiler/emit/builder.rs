//! One function under construction.

use rustc_hash::FxHashMap;

use crate::bytecode::{
    ArgumentForm, CallSite, Constant, Fallback, FileId, Function, Handler, NamedRegister, Op, Place, Reg,
    Shape, Symbol, TypeCheck,
};
use crate::compiler::scope::{BodyId, VariableId};
use crate::source::Span;

/// Registers above this are refused, far below what 16 bits hold, so that windows never overflow.
const MAX_REGISTERS: u16 = 60_000;

/// Where an expression's value goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    /// The register.
    pub(super) reg: Reg,
    /// Nothing reads the register before the value is complete, so it may be used on the way.
    pub(super) fresh: bool,
}

impl Target {
    pub(super) fn fresh(reg: Reg) -> Target {
        Target { reg, fresh: true }
    }

    /// A variable that the expression itself may read.
    pub(super) fn variable(reg: Reg) -> Target {
        Target { reg, fresh: false }
    }
}

/// Where a variable of this function lives.
#[derive(Clone, Copy, Debug)]
pub(super) enum Storage {
    Register(Reg),
    Cell(Reg),
}

/// A jump whose target is not known yet.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(super) struct Jump(u32);

/// What surrounds the current statement.
#[derive(Debug)]
pub(super) enum Control {
    Loop { breaks: Vec<Jump>, head: u32 },
    Finally { kind: Reg, value: Reg, exits: Vec<Exit>, jumps: Vec<Jump> },
}

/// A way out of a block that a `finally` clause delays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Return,
    Break,
    Continue,
}

#[derive(Default)]
pub(super) struct Builder {
    pub(super) function: Function,
    pub(super) body: Option<BodyId>,
    pub(super) storage: FxHashMap<VariableId, Storage>,
    pub(super) checks: FxHashMap<VariableId, u16>,
    pub(super) controls: Vec<Control>,
    pub(super) span: Span,
    pub(super) result_check: Option<u16>,
    /// The register of the variable by which closures know `self`.
    pub(super) shared_self: Option<Reg>,
    /// How many `try` bodies of this function surround the current statement.
    pub(super) guarded: u32,
    pub(super) overflowed: bool,
    next: Reg,
    constants: FxHashMap<ConstantKey, u32>,
    names: FxHashMap<Symbol, u16>,
    /// The variables among `function.variables` whose registers are not released yet, by register.
    held: Vec<usize>,
}

#[derive(PartialEq, Eq, Hash)]
enum ConstantKey {
    Int(i64),
    Float(u64),
    Text(Box<str>),
    None,
}

impl Builder {
    pub(super) fn new(name: &str, file: FileId, body: BodyId) -> Builder {
        let function = Function { name: name.into(), file, ..Function::default() };
        Builder { function, body: Some(body), ..Builder::default() }
    }

    /// The index of the next instruction.
    pub(super) fn here(&self) -> u32 {
        self.function.code.len() as u32
    }

    pub(super) fn emit(&mut self, op: Op) {
        self.function.code.push(op);
        self.function.spans.push(self.span);
    }

    pub(super) fn last(&self) -> Option<Op> {
        self.function.code.last().copied()
    }

    // Registers.

    /// The next free register.
    pub(super) fn temp(&mut self) -> Reg {
        self.window(1)
    }

    /// `count` free registers in a row.
    pub(super) fn window(&mut self, count: u16) -> Reg {
        let first = self.next;
        if first.saturating_add(count) > MAX_REGISTERS {
            self.overflowed = true;
            return 0;
        }
        self.next += count;
        self.function.registers = self.function.registers.max(self.next);
        first
    }

    /// Room behind the registers in use, if there may be more: for a default argument of what is called next.
    pub(super) fn spare(&mut self) {
        let registers = self.function.registers;
        self.function.registers = registers.max((self.next + 1).min(MAX_REGISTERS));
    }

    /// A number of things as instructions write it. Too many make the function too large.
    pub(super) fn count(&mut self, length: usize) -> u16 {
        self.overflowed |= length >= usize::from(MAX_REGISTERS);
        u16::try_from(length).unwrap_or(u16::MAX)
    }

    /// The height of the register stack, for `release`.
    pub(super) fn height(&self) -> Reg {
        self.next
    }

    /// Frees every register from `height` on.
    pub(super) fn release(&mut self, height: Reg) {
        self.next = height;
        let end = self.here();
        while let Some(&last) = self.held.last()
            && self.function.variables[last].reg >= height
        {
            self.function.variables[last].end = end;
            self.held.pop();
        }
    }

    /// From now on the variable, whose name stands there, lives in a register.
    pub(super) fn hold(&mut self, id: VariableId, name: Span, storage: Storage) {
        self.storage.insert(id, storage);
        let (Storage::Register(reg) | Storage::Cell(reg)) = storage;
        self.held.push(self.function.variables.len());
        self.function.variables.push(NamedRegister { reg, name, start: self.here(), end: u32::MAX });
    }

    /// A window that starts at the target itself if that is the topmost register and may be used on the way.
    pub(super) fn window_at(&mut self, target: Target, count: u16) -> Reg {
        if target.fresh && target.reg + 1 == self.next {
            self.window(count.saturating_sub(1));
            return target.reg;
        }
        self.window(count)
    }

    // Common instructions.

    pub(super) fn null(&mut self, dst: Reg) {
        self.emit(Op::Null { dst });
    }

    pub(super) fn copy(&mut self, dst: Reg, src: Reg) {
        if dst != src {
            self.emit(Op::Copy { dst, src });
        }
    }

    /// Removes the last instruction if it copies to `dst`, and gives what it copied from. Nothing may jump behind it.
    pub(super) fn take_back_copy(&mut self, dst: Reg) -> Reg {
        match self.last() {
            Some(Op::Copy { dst: to, src }) if to == dst => {
                self.function.code.pop();
                self.function.spans.pop();
                src
            }
            _ => dst,
        }
    }

    pub(super) fn int(&mut self, dst: Reg, value: i64) {
        match i32::try_from(value) {
            Ok(value) => self.emit(Op::Int { dst, value }),
            Err(_) => self.constant(dst, Constant::Int(value)),
        }
    }

    pub(super) fn constant(&mut self, dst: Reg, value: Constant) {
        let index = self.constant_index(value);
        self.emit(Op::Const { dst, index });
    }

    /// The position of a literal in the function's table.
    pub(super) fn constant_index(&mut self, value: Constant) -> u32 {
        let key = match &value {
            Constant::Int(value) => ConstantKey::Int(*value),
            Constant::Float(value) => ConstantKey::Float(value.to_bits()),
            Constant::Text(text) => ConstantKey::Text(text.clone()),
            Constant::None => ConstantKey::None,
        };
        let constants = &mut self.function.constants;
        *self.constants.entry(key).or_insert_with(|| {
            constants.push(value);
            constants.len() as u32 - 1
        })
    }

    // Jumps.

    /// Emits a jump (its target is overwritten by `land`).
    pub(super) fn jump(&mut self, op: Op) -> Jump {
        let jump = Jump(self.here());
        self.emit(op);
        jump
    }

    pub(super) fn always(&mut self) -> Jump {
        self.jump(Op::Jump { target: 0 })
    }

    /// The jump goes to the next instruction.
    pub(super) fn land(&mut self, jump: Jump) {
        let here = self.here();
        self.function.code[jump.0 as usize].set_target(here);
    }

    pub(super) fn land_all(&mut self, jumps: impl IntoIterator<Item = Jump>) {
        jumps.into_iter().for_each(|jump| self.land(jump));
    }

    // Tables.

    pub(super) fn name(&mut self, symbol: Symbol) -> u16 {
        let names = &mut self.function.names;
        let overflowed = &mut self.overflowed;
        *self.names.entry(symbol).or_insert_with(|| {
            names.push(symbol);
            *overflowed |= names.len() > usize::from(u16::MAX);
            (names.len() - 1) as u16
        })
    }

    fn checked(&mut self, length: usize) -> u16 {
        self.overflowed |= length > usize::from(u16::MAX);
        (length - 1) as u16
    }

    pub(super) fn place(&mut self, place: Place) -> u16 {
        if let Some(known) = self.function.places.iter().rev().take(8).position(|known| *known == place) {
            return (self.function.places.len() - 1 - known) as u16;
        }
        self.function.places.push(place);
        self.checked(self.function.places.len())
    }

    pub(super) fn shape(&mut self, shape: Shape) -> u16 {
        self.function.shapes.push(shape);
        self.checked(self.function.shapes.len())
    }

    pub(super) fn site(&mut self, site: CallSite) -> u16 {
        self.function.sites.push(site);
        self.checked(self.function.sites.len())
    }

    /// The site of a call of a value with spread or named arguments.
    pub(super) fn value_site(&mut self, arguments: Vec<ArgumentForm>) -> u16 {
        self.site(CallSite {
            name: Symbol::default(),
            arguments: arguments.into(),
            place: None,
            fallback: Fallback::None,
            optional: false,
            wants_result: true,
        })
    }

    pub(super) fn check(&mut self, check: TypeCheck) -> u16 {
        self.function.checks.push(check);
        self.checked(self.function.checks.len())
    }

    pub(super) fn handler(&mut self, start: u32, end: u32, error: Reg) {
        let target = self.here();
        if start < end {
            self.function.handlers.push(Handler { start, end, target, error });
        }
    }

    /// What was emitted since `start` is a `finally` clause.
    pub(super) fn clause(&mut self, start: u32) {
        let end = self.here();
        self.function.clauses.push(start..end);
    }
}
