//! What the compiler makes and the machine runs.
//!
//! Owns: the one instruction table (`op`), function prototypes (`function`), whole programs (`program`), type
//! annotations as checked at run time (`types`) and the disassembler.
//! Invariant: a `Program` is immutable once made; contexts, snapshots and values name its parts by id only.
//! Does not: hold values. Constants are `Constant`, so that values can depend on bytecode and not the reverse.

mod op;
mod function;
mod program;
mod types;
mod disasm;
mod verify;

pub use disasm::disassemble;
pub use function::{
    ArgumentForm, CallSite, CaptureSource, Constant, Fallback, Function, FunctionFlags, Handler,
    NamedRegister, Param, Place, Root, Shape, Step,
};
pub use op::{NO_HINT, NO_REGISTER, Op, Opcode, Read, Reg, Role, Target, Update, Write};
pub use program::{
    EnumDef, EnumId, FieldDef, FileId, FunctionId, GlobalDef, Member, ModuleDef, NativeId, Program,
    StructDef, StructId, Symbol, TestDef, VariantDef,
};
pub use types::{Type, TypeCheck};
pub use verify::{verify, verify_from};
