//! The routines: what each instruction does in its plain cases.
//!
//! Owns: the table from instructions to routines, and how each goes on. What they do is in `load` (loads, moves, variables),
//! `number` (arithmetic and comparisons), `flow` (jumps and loops), `part` (fields, items, places) and `call`.
//! Invariant: everything here is compiled into the routine that uses it, so that `At` is in registers of the processor; what
//! needs memory on Rust's stack, as a call that returns a large value does, is in a function that is not.

mod call;
mod flow;
mod load;
mod number;
mod part;

use std::hint::cold_path;

use super::Halt;
use super::dispatch::{Routine, Run, Table};
use super::registers::{Code, RegisterBase, no_other};
use crate::bytecode::{Op, Opcode};
use crate::value::Value;

/// A context at an instruction.
///
/// Most instructions have two routines. The first is `SWIFT` and does what needs no call: a processor has few registers that a
/// call leaves alone, so a routine with one has to save and restore them even where the call is not made. What the first leaves
/// the second does. (Promises are asked by a call in the first, too; and calls of functions may drop a closure if they panic.)
struct At<'r, 'a, const SWIFT: bool> {
    run: &'r mut Run<'a>,
    code: Code,
    registers: RegisterBase,
}

/// What a routine did.
enum Did {
    /// All, and the next instruction comes next.
    Next,
    /// All, and `At` is where to go on.
    Jump,
    /// Nothing: it is for the second routine, or for `execute`.
    Nothing,
    /// Nothing but counting fuel below zero: it is for `starved`, which sets that right.
    Starved,
    /// What it could; the chain has to be left.
    Leave,
}

impl Did {
    /// All or nothing.
    #[inline(always)]
    fn all(done: bool) -> Did {
        if done { Did::Next } else { Did::Nothing }
    }
}

/// Carries out an instruction that is no plain one, or is not in its plain case.
#[inline(never)]
fn execute(run: &mut Run<'_>, code: Code, _: RegisterBase, table: &'static Table) {
    if run.execute(code) {
        let (code, registers) = (run.code(), run.registers());
        table.go(run, code, registers);
    }
}

/// Stops before an instruction because the fuel is used up.
#[cold]
#[inline(never)]
fn starved(run: &mut Run<'_>, code: Code, _: RegisterBase, _: &'static Table) {
    run.fuel = 0;
    run.save(code.ip(run.first));
    run.halt = Some(Halt::OutOfFuel);
}

/// A table of routines, each of which is made of an expression of `At` and the operands. All others are for `execute`.
macro_rules! routines {
    (|$at:ident| $( $routines:ident $name:ident: $op:ident { $( $operand:ident ),* } => $did:expr; )*) => {
        /// The routines of all instructions.
        pub(super) const fn all() -> [Routine; Opcode::COUNT] {
            let mut all: [Routine; Opcode::COUNT] = [execute; Opcode::COUNT];
            $( all[Opcode::$op as usize] = $name::<$routines>; )*
            all
        }

        $(
            #[inline(never)]
            fn $name<const SWIFT: bool>(
                run: &mut Run<'_>,
                code: Code,
                registers: RegisterBase,
                table: &'static Table,
            ) {
                let Op::$op { $( $operand, )* .. } = *code.op() else { no_other() };
                #[allow(unused_mut, reason = "some change nothing of it")]
                let mut $at = At::<SWIFT> { run, code, registers };
                let did: Did = $did;
                let At { run, code, registers } = $at;
                match did {
                    Did::Next => table.go(run, code.next(), registers),
                    Did::Jump => table.go(run, code, registers),
                    Did::Nothing if SWIFT => $name::<false>(run, code, registers, table),
                    Did::Nothing => execute(run, code, registers, table),
                    Did::Starved => starved(run, code, registers, table),
                    Did::Leave => {}
                }
            }
        )*
    };
}

/// The instruction has two routines, of which this one is the first.
const TWO: bool = true;
/// It has one.
const ONE: bool = false;

routines! { |at|
    TWO null: Null { dst } => at.null(dst);
    TWO bool: Bool { dst, value } => at.bool(dst, value);
    TWO int: Int { dst, value } => at.int(dst, value.into());
    TWO literal: Const { dst, index } => at.literal(dst, index);
    TWO copy: Copy { dst, src } => at.copy(dst, src);
    TWO move_to: Move { dst, src } => at.move_to(dst, src);
    TWO get_cell: GetCell { dst, cell } => at.get_cell(dst, cell);
    TWO get_capture: GetCapture { dst, index } => at.get_capture(dst, index);
    TWO get_global: GetGlobal { dst, index } => at.get_global(dst, index);

    TWO get_place: GetPlace { dst, place } => at.get_place(dst, place);
    ONE set_place: SetPlace { src, place } => at.set_place(src, place);
    TWO update_place: UpdatePlace { place, src, op } => at.update_place(place, src, op);
    TWO get_field: GetField { dst, object, name } => at.get_field(dst, object, name);
    TWO get_index: GetIndex { dst, object, index } => at.get_index(dst, object, index);
    ONE set_index: SetIndex { target, index, src } => at.set_index(target, index, src);
    // Operands of the instruction before: passing over them does nothing.
    ONE place_guard: PlaceGuard {} => at.pass();
    ONE payload_count: PayloadCount {} => at.pass();

    TWO add: Add { dst, lhs, rhs } => number::arithmetic!(at, dst, lhs, at.registers.get(rhs), checked_add, +);
    TWO sub: Sub { dst, lhs, rhs } => number::arithmetic!(at, dst, lhs, at.registers.get(rhs), checked_sub, -);
    TWO mul: Mul { dst, lhs, rhs } => number::arithmetic!(at, dst, lhs, at.registers.get(rhs), checked_mul, *);
    TWO div: Div { dst, lhs, rhs } => number::arithmetic!(at, dst, lhs, at.registers.get(rhs), checked_div, /);
    TWO rem: Rem { dst, lhs, rhs } => number::remainder!(at, dst, lhs, at.registers.get(rhs));
    TWO add_literal: AddConst { dst, lhs, index } =>
        number::arithmetic!(at, dst, lhs, at.run.literals.get(index.into()), checked_add, +);
    TWO sub_literal: SubConst { dst, lhs, index } =>
        number::arithmetic!(at, dst, lhs, at.run.literals.get(index.into()), checked_sub, -);
    TWO mul_literal: MulConst { dst, lhs, index } =>
        number::arithmetic!(at, dst, lhs, at.run.literals.get(index.into()), checked_mul, *);
    TWO div_literal: DivConst { dst, lhs, index } =>
        number::arithmetic!(at, dst, lhs, at.run.literals.get(index.into()), checked_div, /);
    TWO rem_literal: RemConst { dst, lhs, index } =>
        number::remainder!(at, dst, lhs, at.run.literals.get(index.into()));
    TWO add_int: AddInt { dst, lhs, value } => at.add_int(dst, lhs, value);
    TWO bit_and: BitAnd { dst, lhs, rhs } => at.bits(dst, lhs, rhs, |a, b| a & b);
    TWO bit_or: BitOr { dst, lhs, rhs } => at.bits(dst, lhs, rhs, |a, b| a | b);
    TWO bit_xor: BitXor { dst, lhs, rhs } => at.bits(dst, lhs, rhs, |a, b| a ^ b);
    TWO not: Not { dst, src } => at.not(dst, src);
    TWO truth: Truth { dst, src } => at.set_truth(dst, src);

    TWO equal: Eq { dst, lhs, rhs } => at.equality(dst, lhs, rhs, true);
    TWO unequal: Ne { dst, lhs, rhs } => at.equality(dst, lhs, rhs, false);
    TWO less: Lt { dst, lhs, rhs } => number::comparison!(at, dst, lhs, rhs, <);
    TWO less_or_equal: Le { dst, lhs, rhs } => number::comparison!(at, dst, lhs, rhs, <=);
    TWO greater: Gt { dst, lhs, rhs } => number::comparison!(at, dst, lhs, rhs, >);
    TWO greater_or_equal: Ge { dst, lhs, rhs } => number::comparison!(at, dst, lhs, rhs, >=);

    TWO if_equal: IfEq { lhs, rhs } => at.decide_equality(lhs, rhs, true);
    TWO if_unequal: IfNe { lhs, rhs } => at.decide_equality(lhs, rhs, false);
    TWO if_less: IfLt { lhs, rhs } => number::decision!(at, lhs, rhs, <);
    TWO if_less_or_equal: IfLe { lhs, rhs } => number::decision!(at, lhs, rhs, <=);
    TWO if_greater: IfGt { lhs, rhs } => number::decision!(at, lhs, rhs, >);
    TWO if_greater_or_equal: IfGe { lhs, rhs } => number::decision!(at, lhs, rhs, >=);
    TWO if_equal_int: IfEqInt { lhs, value } => at.decide_int(lhs, value, |a, b| a == b);
    TWO if_unequal_int: IfNeInt { lhs, value } => at.decide_int(lhs, value, |a, b| a != b);
    TWO if_less_int: IfLtInt { lhs, value } => at.decide_int(lhs, value, |a, b| a < b);
    TWO if_less_or_equal_int: IfLeInt { lhs, value } => at.decide_int(lhs, value, |a, b| a <= b);
    TWO if_greater_int: IfGtInt { lhs, value } => at.decide_int(lhs, value, |a, b| a > b);
    TWO if_greater_or_equal_int: IfGeInt { lhs, value } => at.decide_int(lhs, value, |a, b| a >= b);

    ONE jump: Jump { target } => at.jump(target);
    ONE turn: Loop { target } => at.turn(target);
    TWO jump_if: JumpIf { src, target } => at.jump_by_truth(src, true, target);
    TWO jump_if_not: JumpIfNot { src, target } => at.jump_by_truth(src, false, target);
    TWO jump_if_none: JumpIfNone { src, target } => at.jump_if(at.is_none(src), target);
    TWO jump_if_set: JumpIfSet { src, target } => at.jump_if(at.is_set(src), target);
    TWO for_next: ForNext { base, target } => at.for_next(base, target);

    TWO call: Call { base, argc, function } => at.call(base, argc, function);
    TWO call_value: CallValue { base, argc } => at.call_held(base, base, argc, false);
    // The closure is moved there and back: a second reference would have to be counted.
    TWO call_local: CallLocal { base, argc, callee } => at.call_held(callee, base, argc, true);
    TWO call_method: CallMethod { base, site } => at.call_method(base, site);
    ONE call_native: CallNative { base, native, argc } => at.call_native(base, native, argc);
    ONE call_with: CallWith {} => at.call_with();
    ONE await_promise: Await { src } => at.await_promise(src);
    TWO copy_settled: CopySettled { dst, src } => at.copy_settled(dst, src);
    TWO return_value: Return { src } => at.return_value(src);
}
