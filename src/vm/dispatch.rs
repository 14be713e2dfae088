//! Threaded code: each instruction has a routine of its own, which ends by jumping to the next one's.
//!
//! Owns: what routines hand on (`Code`, `RegisterBase` and a `Table`, which stay in registers of the processor, and `Run`, which does
//! not), the two tables, and the loop around them. A routine either has done all that its instruction says in its plain case and goes
//! on, or has changed nothing and leaves the instruction to `execute`.
//!
//! Invariant: `Frame::ip` is written before anything that looks at the whole context; after it the code and the registers are
//! taken anew. A routine calls the next one as its last act, with the same arguments and nothing left to drop, so that optimising
//! compilers jump there. `build.rs` says where they do (`cfg(ruff_threaded)`); `.ci/jumps` looks whether they did. Elsewhere, with
//! debug assertions and for single steps the table that routines get is `STOP`: then each returns to the loop.
//! Does not: throw, or know what is dear.
//!
//! In one function with a loop and a match each instruction had the choice of registers that suited the most demanding one: a turn
//! of a loop over integers took 145 machine instructions, and takes 105 here.

use super::call::{callee_end, grow};
use super::prepared::Prepared;
use super::registers::{Code, Literals, RegisterBase};
use super::routine;
use super::{Halt, Machine};
use crate::bytecode::{Function, Opcode, Program};
use crate::context::Context;
use crate::value::Value;

/// What carries out one instruction.
///
/// When it returns, `Run::stopped` says where to go on in the same frame; else the context halts as `Run::halt` says, or goes on in the
/// frame that is the innermost now.
pub(super) type Routine = fn(&mut Run<'_>, Code, RegisterBase, &'static Table);

/// A routine for each instruction.
pub(super) struct Table(pub(super) [Routine; Opcode::COUNT]);

/// Those of the instructions.
static ROUTINES: Table = Table(routine::all());

/// Those that return instead of going on.
static STOP: Table = Table([stop; Opcode::COUNT]);

impl Table {
    /// Carries out an instruction, and then what this table has for the next one.
    #[inline(always)]
    pub(super) fn go(&'static self, run: &mut Run<'_>, code: Code, registers: RegisterBase) {
        self.of(code)(run, code, registers, self);
    }

    /// The routine of an instruction.
    #[inline(always)]
    fn of(&self, code: Code) -> Routine {
        self.0[code.op().opcode() as usize]
    }
}

/// A context that runs, and what is known of its innermost frame.
pub(super) struct Run<'a> {
    pub(super) machine: &'a Machine,
    pub(super) program: &'a Program,
    pub(super) context: &'a mut Context,
    /// The function of the innermost frame, with its literals, its first instruction, and its first register on the stack.
    pub(super) function: &'a Function,
    pub(super) prepared: &'a Prepared,
    pub(super) literals: Literals<'a>,
    pub(super) first: Code,
    pub(super) base: usize,
    /// How many loop iterations and calls are left.
    pub(super) fuel: u32,
    /// Where a routine was to go on, which had to return instead.
    stopped: Option<(Code, RegisterBase)>,
    /// Why it must stop.
    pub(super) halt: Option<Halt>,
}

/// Stops before an instruction.
fn stop(run: &mut Run<'_>, code: Code, registers: RegisterBase, _: &'static Table) {
    run.stopped = Some((code, registers));
}

/// A context without frames: whatever it was to return was taken.
#[cold]
fn ended(context: &mut Context) -> Halt {
    context.end(Value::Null);
    Halt::Done
}

impl Machine {
    /// Executes instructions until the context halts; with `ONCE` one: then it is out of fuel, unless it halted by itself.
    pub(super) fn dispatch<const ONCE: bool>(&self, context: &mut Context, fuel: &mut u32) -> Halt {
        let Some(frame) = context.frames.last() else { return ended(context) };
        let function = self.program.function(frame.function);
        let prepared = self.prepared(frame.function);
        let mut run = Run {
            machine: self,
            program: &self.program,
            function,
            prepared,
            literals: Literals::of(&prepared.literals),
            first: Code::first(function),
            base: frame.base as usize,
            context,
            fuel: *fuel,
            stopped: None,
            halt: None,
        };
        let halt = run.go::<ONCE>();
        *fuel = run.fuel;
        halt
    }
}

impl<'a> Run<'a> {
    fn go<const ONCE: bool>(&mut self) -> Halt {
        let table = if ONCE || !cfg!(ruff_threaded) || cfg!(debug_assertions) { &STOP } else { &ROUTINES };
        loop {
            let (mut code, mut registers) = (self.code(), self.registers());
            loop {
                ROUTINES.of(code)(self, code, registers, table);
                let Some(stopped) = self.stopped.take() else { break };
                (code, registers) = stopped;
                if ONCE {
                    self.save(code.ip(self.first));
                    return Halt::OutOfFuel;
                }
            }
            if let Some(halt) = self.halt.take() {
                return halt;
            }
            if !self.look() {
                return ended(self.context);
            }
            if ONCE {
                return Halt::OutOfFuel;
            }
        }
    }

    /// Finds out about the innermost frame, which gets all its registers; false if there is none.
    pub(super) fn look(&mut self) -> bool {
        let Some(frame) = self.context.frames.last() else { return false };
        let (id, base) = (frame.function, frame.base as usize);
        let function = self.program.function(id);
        grow(&mut self.context.stack, callee_end(base, function));
        self.enter(function, self.machine.prepared(id), base);
        true
    }

    /// Takes a function as that of the innermost frame, whose first register is at `base`.
    #[inline(always)]
    pub(super) fn enter(&mut self, function: &'a Function, prepared: &'a Prepared, base: usize) {
        self.function = function;
        self.prepared = prepared;
        self.literals = Literals::of(&prepared.literals);
        self.first = Code::first(function);
        self.base = base;
    }

    /// Where the innermost frame stands.
    #[inline(always)]
    pub(super) fn code(&self) -> Code {
        let frame = self.context.frames.last().expect("instructions run in frames");
        Code::of(self.function, frame.ip as usize)
    }

    /// The registers of the innermost frame.
    #[inline(always)]
    pub(super) fn registers(&mut self) -> RegisterBase {
        RegisterBase::of(&mut self.context.stack, self.base, self.function)
    }

    /// Writes the instruction pointer back to the frame.
    #[inline(always)]
    pub(super) fn save(&mut self, ip: usize) {
        self.context.frames.last_mut().expect("instructions run in frames").ip = ip as u32;
    }

    /// Executes an instruction that is no plain one. False if the chain has to be left.
    #[inline(never)]
    pub(super) fn execute(&mut self, code: Code) -> bool {
        self.save(code.ip(self.first) + 1);
        let depth = self.context.frames.len();
        match self.machine.execute(self.context, self.function, self.base, *code.op()) {
            // No instruction ends a call and begins another, so this is the same frame.
            Ok(None) if self.context.frames.len() == depth => true,
            outcome => {
                self.halt = self.machine.proceed(self.context, outcome);
                false
            }
        }
    }
}
