//! The instruction set: every instruction, its operands and its effect, in one table.
//!
//! An instruction is a fixed 64 bits: one byte of opcode and up to 56 bits of operands. Registers are 16 bits
//! wide, because the language bounds neither locals nor temporaries (255 arguments and 256 nested expressions must
//! work), and 8-bit operands would need spill code for what the grammar allows.
//!
//! Operand kinds: `Write` is a register that is assigned; `Read` one that is read; `Update` both; `Target` an
//! absolute instruction index; everything else is an immediate (an index into a table of the function or program).
//! Liveness, the disassembler and the verifier are derived from these kinds and nothing else.

/// A register, relative to the base of its frame.
pub type Reg = u16;
/// In an operand: no register.
pub const NO_REGISTER: Reg = u16::MAX;

/// In `Fail`: no hint.
pub const NO_HINT: u16 = u16::MAX;

/// Operand that is assigned.
pub type Write = Reg;
/// Operand that is read.
pub type Read = Reg;
/// Operand that is read and assigned.
pub type Update = Reg;
/// Absolute instruction index.
pub type Target = u32;

/// How an instruction uses a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Reads it.
    Read,
    /// Assigns it, whatever it held.
    Write,
    /// Reads and assigns it.
    Update,
}

macro_rules! visit_operand {
    ($visit:ident, Write, $reg:expr) => {
        $visit(Role::Write, $reg)
    };
    ($visit:ident, Read, $reg:expr) => {
        $visit(Role::Read, $reg)
    };
    ($visit:ident, Update, $reg:expr) => {
        $visit(Role::Update, $reg)
    };
    ($visit:ident, $other:ident, $value:expr) => {
        let _ = $value;
    };
}

macro_rules! visit_target {
    ($found:ident, Target, $value:expr) => {
        $found = Some($value)
    };
    ($found:ident, $other:ident, $value:expr) => {
        let _ = $value;
    };
}

macro_rules! instructions {
    ($( $(#[$doc:meta])* $name:ident { $( $field:ident : $kind:ident ),* } )*) => {
        /// One instruction.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Op { $( $(#[$doc])* #[allow(missing_docs, reason = "operand kinds are explained at the top")]
            $name { $( $field: $kind ),* }, )* }

        /// Which instruction it is, without operands: the number of its entry in tables.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Opcode { $( #[allow(missing_docs, reason = "as in `Op`")] $name, )* }

        impl Opcode {
            /// How many there are.
            pub const COUNT: usize = [$( Opcode::$name ),*].len();
        }

        impl Op {
            /// Which instruction it is.
            #[inline(always)]
            pub fn opcode(&self) -> Opcode {
                match self { $( Op::$name { .. } => Opcode::$name, )* }
            }

            /// Calls `visit` for every register operand, in the order of the table. Windows of registers are not
            /// operands: see `Function::window`.
            pub fn registers(&self, mut visit: impl FnMut(Role, Reg)) {
                match *self { $( Op::$name { $( $field ),* } => { $( visit_operand!(visit, $kind, $field); )* } )* }
                let _ = &mut visit;
            }

            /// The same, with access to change the operands.
            pub fn registers_mut(&mut self, mut visit: impl FnMut(Role, &mut Reg)) {
                match self { $( Op::$name { $( $field ),* } => { $( visit_operand!(visit, $kind, $field); )* } )* }
                let _ = &mut visit;
            }

            /// Where it may jump to, besides the next instruction.
            pub fn target(&self) -> Option<u32> {
                #[allow(unused_mut, reason = "most instructions have no target")]
                let mut found = None;
                match *self { $( Op::$name { $( $field ),* } => { $( visit_target!(found, $kind, $field); )* } )* }
                found
            }

            /// Sets the jump target of an instruction that has one.
            pub fn set_target(&mut self, to: u32) {
                let mut found: Option<&mut u32> = None;
                match self { $( Op::$name { $( $field ),* } => { $( visit_target!(found, $kind, $field); )* } )* }
                if let Some(target) = found { *target = to; }
            }

            /// The instruction's name.
            pub fn name(&self) -> &'static str {
                match self { $( Op::$name { .. } => stringify!($name), )* }
            }
        }
    };
}

instructions! {
    // Loads and moves.

    /// dst := null.
    Null { dst: Write }
    /// dst := value.
    Bool { dst: Write, value: bool }
    /// dst := value.
    Int { dst: Write, value: i32 }
    /// dst := `constants[index]` of the function.
    Const { dst: Write, index: u32 }
    /// dst := the program function `function`, which captures nothing, as a value.
    Function { dst: Write, function: u32 }
    /// dst := the library function `native` as a value.
    Native { dst: Write, native: u16 }
    /// dst := src, which keeps its value.
    Copy { dst: Write, src: Read }
    /// dst := src; src becomes null. Emitted only where src is dead afterwards.
    Move { dst: Write, src: Update }
    /// dst becomes unset: a cell or variable that exists but was not declared yet.
    Unset { dst: Write }

    // Variables that are not plain registers.

    /// dst := a new cell of this context that holds src (moved). The register then holds the cell, not the value.
    NewCell { dst: Write, src: Update }
    /// dst := a new cell by which closures know `self` of the running mutating method.
    ShareSelf { dst: Write }
    /// dst := the value in the cell that register `cell` holds. NameError if it is unset.
    GetCell { dst: Write, cell: Read }
    /// The cell that register `cell` holds := src.
    SetCell { cell: Read, src: Read }
    /// dst := the value of capture `index` of the running closure. NameError if it is unset.
    GetCapture { dst: Write, index: u16 }
    /// Capture `index`, which is a cell, := src. IsolationError if this context may only read it.
    SetCapture { src: Read, index: u16 }
    /// dst := module-level variable `index`. NameError if it is unset.
    GetGlobal { dst: Write, index: u32 }
    /// Module-level variable `index` := src. IsolationError outside the main context.
    SetGlobal { src: Read, index: u32 }
    /// dst := module `module` of the program as a value.
    Module { dst: Write, module: u16 }
    /// dst := whether module-level variable `index` is set.
    IsSet { dst: Write, index: u32 }
    /// dst := the running closure itself (a nested function's own name).
    Callee { dst: Write }
    /// dst := a closure of program function `function`; its captures are taken as `Function::captures` says.
    Closure { dst: Write, function: u32 }

    // Places (LANGUAGE 3.2): `places[place]` names the root and the path; index steps are registers.

    /// dst := a copy of what is at the place.
    GetPlace { dst: Write, place: u16 }
    /// The place := src (copied). A missing last dict key is inserted.
    SetPlace { src: Read, place: u16 }
    /// The place := place `op` src, in one step, in place where the value is not shared; nothing changes if it throws.
    /// `op`: 0 to 4 for + - * / %. A `PlaceGuard` may follow.
    UpdatePlace { place: u16, src: Read, op: u8 }
    /// Never executed by itself: the guard of the `UpdatePlace` or `CallMethod` before it. The
    /// register holds the value read from the place before the operands were evaluated:
    /// if it is still the same allocation, the register is cleared first (so that the change is in place), else
    /// the register's value is used instead of the place's.
    PlaceGuard { guard: Read }

    // Arithmetic. When dst == lhs strings and arrays grow in place. What operands of these kinds have no result for is asked
    // of their operator methods (LANGUAGE 7.5) in a frame of its own, whose result goes to dst; else it is an error.

    /// dst := lhs + rhs.
    Add { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs - rhs.
    Sub { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs * rhs.
    Mul { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs / rhs.
    Div { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs % rhs.
    Rem { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs ** rhs.
    Pow { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs + value, a small constant.
    AddInt { dst: Write, lhs: Read, value: i16 }
    /// dst := lhs + `constants[index]`, a number.
    AddConst { dst: Write, lhs: Read, index: u16 }
    /// dst := lhs - `constants[index]`, a number.
    SubConst { dst: Write, lhs: Read, index: u16 }
    /// dst := lhs * `constants[index]`, a number.
    MulConst { dst: Write, lhs: Read, index: u16 }
    /// dst := lhs / `constants[index]`, a number.
    DivConst { dst: Write, lhs: Read, index: u16 }
    /// dst := lhs % `constants[index]`, a number.
    RemConst { dst: Write, lhs: Read, index: u16 }
    /// dst := lhs & rhs.
    BitAnd { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs | rhs.
    BitOr { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs ^ rhs.
    BitXor { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs << rhs.
    Shl { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs >> rhs.
    Shr { dst: Write, lhs: Read, rhs: Read }
    /// dst := -src.
    Neg { dst: Write, src: Read }
    /// dst := !src (truth negated).
    Not { dst: Write, src: Read }
    /// dst := ~src.
    BitNot { dst: Write, src: Read }
    /// dst := the truth of src as a bool.
    Truth { dst: Write, src: Read }

    // Comparison.

    /// dst := lhs == rhs.
    Eq { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs != rhs.
    Ne { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs < rhs.
    Lt { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs <= rhs.
    Le { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs > rhs.
    Gt { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs >= rhs.
    Ge { dst: Write, lhs: Read, rhs: Read }
    /// dst := lhs in rhs.
    In { dst: Write, lhs: Read, rhs: Read }

    // Comparison for a decision: the next instruction is `JumpIfNot { src: dst }`, the only one that reads dst. For two
    // numbers it is taken or passed over at once and dst is left as it is; else dst := the outcome.

    /// lhs == rhs decides.
    IfEq { dst: Write, lhs: Read, rhs: Read }
    /// lhs != rhs decides.
    IfNe { dst: Write, lhs: Read, rhs: Read }
    /// lhs < rhs decides.
    IfLt { dst: Write, lhs: Read, rhs: Read }
    /// lhs <= rhs decides.
    IfLe { dst: Write, lhs: Read, rhs: Read }
    /// lhs > rhs decides.
    IfGt { dst: Write, lhs: Read, rhs: Read }
    /// lhs >= rhs decides.
    IfGe { dst: Write, lhs: Read, rhs: Read }
    /// lhs == value decides.
    IfEqInt { dst: Write, lhs: Read, value: i16 }
    /// lhs != value decides.
    IfNeInt { dst: Write, lhs: Read, value: i16 }
    /// lhs < value decides.
    IfLtInt { dst: Write, lhs: Read, value: i16 }
    /// lhs <= value decides.
    IfLeInt { dst: Write, lhs: Read, value: i16 }
    /// lhs > value decides.
    IfGtInt { dst: Write, lhs: Read, value: i16 }
    /// lhs >= value decides.
    IfGeInt { dst: Write, lhs: Read, value: i16 }

    // Jumps. Only `Loop` goes backwards; it, calls and `Await` are the safepoints where fuel is counted.

    /// Goes on at target.
    Jump { target: Target }
    /// Goes on at target, which lies before; costs one unit of fuel.
    Loop { target: Target }
    /// Goes on at target if src is true.
    JumpIf { src: Read, target: Target }
    /// Goes on at target if src is false.
    JumpIfNot { src: Read, target: Target }
    /// Goes on at target if src is null or None.
    JumpIfNone { src: Read, target: Target }
    /// Goes on at target if src is set (a parameter that was given).
    JumpIfSet { src: Read, target: Target }
    /// If src is Ok(v) or Some(v), src := v and goes on at target; goes on here for Err and None; else TypeError.
    JumpIfOk { src: Update, target: Target }
    /// base holds what a `for` iterates over, base+1 the position (an int, first 0). Puts the next item into
    /// base+2 and goes on at the next instruction, or goes on at target when there is none. May wait (channels).
    ForNext { base: Update, target: Target }
    /// Checks that src can be iterated over (TypeError) and makes it the state of a loop: dst := src (an integral
    /// float becomes an int), dst+1 := 0.
    ForStart { dst: Write, src: Read }

    // Making and reading values.

    /// dst := the array of the `count` registers from `base` (moved).
    Array { dst: Write, base: u16, count: u16 }
    /// array := array with src (moved) at its end. Literals only.
    ArrayPush { array: Update, src: Update }
    /// array := array with all items of src (`...src`); TypeError if src is no array.
    ArrayExtend { array: Update, src: Read }
    /// dst := the empty dict.
    Dict { dst: Write }
    /// dict[key] := src (moved). TypeError if key is neither a string nor an int.
    DictInsert { dict: Update, key: Read, src: Update }
    /// dict := dict with all entries of src (`...src`); TypeError if src is no dict.
    DictExtend { dict: Update, src: Read }
    /// dst := struct `id` of the program; its fields are the registers from `base` (moved), in declaration order, and
    /// behind them what its functions close over, if they do. TypeError if an annotation refuses a field.
    Struct { dst: Write, base: u16, id: u16 }
    /// dst, which holds what the functions of a struct close over, := its function `function`.
    Member { dst: Update, function: u32 }
    /// dst := a variant (`Program::variants[variant]`) with the payload at base.. (moved); the count is in
    /// `PayloadCount`, which follows.
    Enum { dst: Write, base: u16, variant: u16 }
    /// dst := the constructor function of variant `Program::variants[variant]`.
    Constructor { dst: Write, variant: u16 }
    /// Never executed by itself: the number of payload values of the `Enum` before it.
    PayloadCount { count: u16 }
    /// dst := the texts of the `count` registers from `base`, joined (interpolation).
    Text { dst: Write, base: u16, count: u16 }
    /// dst := object.name, name being `names[name]` of the function.
    GetField { dst: Write, object: Read, name: u16 }
    /// dst := object?.name: null if the field or key is missing. TypeError for what has neither.
    GetFieldOrNull { dst: Write, object: Read, name: u16 }
    /// dst := object[index].
    GetIndex { dst: Write, object: Read, index: Read }
    /// dst := object[a:b]; base holds a, base+1 holds b; null stands for a bound that was left out.
    GetSlice { dst: Write, object: Read, base: u16 }
    /// target[index] := src, target being a plain variable of this frame.
    SetIndex { target: Update, index: Read, src: Read }
    /// target.name := src, target being a plain variable of this frame.
    SetField { target: Update, src: Read, name: u16 }

    // Patterns: `shapes[shape]` of the function.

    /// Takes src apart: its parts go to base.., in the order of the shape, the rest last. Throws if it does not fit.
    Unpack { src: Read, base: u16, shape: u16 }
    /// base := whether src fits the shape; if so its parts go to base+1...
    Match { src: Read, base: u16, shape: u16 }

    // Calls. Arguments stand in a window of registers; the result replaces the first register of the window.

    /// Calls program function `function`, which captures nothing, with the `argc` registers from `base`.
    Call { base: u16, argc: u8, function: u32 }
    /// Calls the value in `base` with the `argc` registers from base+1.
    CallValue { base: u16, argc: u8 }
    /// Calls the value of the variable in `callee` with the `argc` registers from base+1; the result goes to `base`. The variable
    /// keeps its value.
    CallLocal { base: u16, argc: u8, callee: Read }
    /// Calls library function `native` with the `argc` registers from `base`.
    CallNative { base: u16, native: u16, argc: u8 }
    /// Calls as `sites[site]` says (spread and named arguments): base holds the callee, base+1.. the written
    /// arguments in order.
    CallWith { base: u16, site: u16 }
    /// Calls the method `sites[site].name`; base holds the receiver unless the site has a place; base+1.. the
    /// written arguments. A `PlaceGuard` may follow (for `x := f(x, ..)` written as an edit of x).
    CallMethod { base: u16, site: u16 }
    /// Starts a context that runs the closure in src (a `spawn` block); dst := its promise.
    Spawn { dst: Write, src: Read }
    /// Opens an `async_scope` of this context; dst := its handle.
    OpenScope { dst: Write }
    /// Closes the scope in `scope`: waits until its children have ended. scope := the first failure of a child, or null.
    /// failed: the error that the block ended with, or null.
    CloseScope { scope: Update, failed: Read }
    /// If src holds a promise, waits until it is settled; src := its value, or throws its error. Anything else
    /// stays. `inline`: the instruction before is a call whose operand is awaited directly (LANGUAGE 10.3): if an
    /// async function was called, its body runs in a frame of this context and this instruction is skipped.
    Await { src: Update, inline: bool }
    /// If src holds a promise that is settled with a value, dst := the value, and passes over the next instruction, which is
    /// `Await { src: dst }`; else dst := src.
    CopySettled { dst: Write, src: Read }
    /// Ends the function with src as its result.
    Return { src: Read }
    /// The same for a method that shares its `self`: closures that are left keep the last value.
    LeaveSelf { src: Read }
    /// Gives src to the consumer of the running generator and suspends it.
    Yield { src: Read }
    /// Ends the running generator.
    Finish { }
    /// Throws src: an error value again unchanged, anything else wrapped (LANGUAGE 9.2).
    Throw { src: Read }
    /// At top level: throws v for Err(v), ValueError for None.
    ThrowTry { src: Read }
    /// src := src converted and checked as `checks[check]` of the function says, or TypeError.
    CheckType { src: Update, check: u16 }
    /// Throws a built-in error whose message is `constants[message]`: ImportError if `import`, else NameError. What is
    /// wrong with an import is known before the program runs, but thrown only where it is reached (LANGUAGE 12.4).
    /// `constants[hint]` says what to do, unless `hint` is `NO_HINT`.
    Fail { import: bool, hint: u16, message: u32 }
    /// Throws ValueError: a `match` used as a value matched nothing.
    NoMatch { src: Read }
}

const _: () = assert!(size_of::<Op>() == 8);
