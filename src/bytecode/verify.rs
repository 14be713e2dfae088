//! The verifier: what the machine relies on without looking.
//!
//! Owns: the structural rules of programs: registers, targets and table indexes in range, operand instructions behind
//! their instructions, no way to run off the end. Tests run it over everything the compiler makes; a program from
//! elsewhere must pass it before it runs. Does not: check types, liveness or the native table.

use super::{
    CaptureSource, Constant, Fallback, Function, FunctionId, NO_HINT, NO_REGISTER, Op, Program, Reg, Root,
    Step, Symbol,
};

/// How many operators `UpdatePlace` knows.
const UPDATES: u8 = 5;

/// Checks a whole program; the error names the function, the instruction and the broken rule.
pub fn verify(program: &Program) -> Result<(), String> {
    verify_from(program, 0)
}

/// The same for a program that has grown: functions before number `first` have passed, and what they name is still there.
pub fn verify_from(program: &Program, first: usize) -> Result<(), String> {
    if program.main.index() >= program.functions.len() {
        return Err("the program has no main function".into());
    }
    for (index, function) in program.functions.iter().enumerate().skip(first) {
        let in_function = |rule| format!("function {index} ({}): {rule}", function.name);
        Verifier { program, function }.function().map_err(in_function)?;
    }
    Ok(())
}

/// Holds or names the rule.
fn hold(holds: bool, rule: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(rule()) }
}

struct Verifier<'a> {
    program: &'a Program,
    function: &'a Function,
}

impl Verifier<'_> {
    fn function(&self) -> Result<(), String> {
        let function = self.function;
        let code = &function.code;
        hold(function.params.len() <= function.registers as usize, || "parameters need registers".into())?;
        hold(function.params.len() >= usize::from(function.flags.is_method), || "methods have self".into())?;
        hold(function.spans.len() == code.len(), || "each instruction has a span".into())?;
        hold(function.captures.len() == function.capture_names.len(), || "captures have names".into())?;
        hold(self.program.files.is_empty() || function.file.index() < self.program.files.len(), || {
            "no such file".into()
        })?;
        if let Some(register) = function.generator_register() {
            self.registers(register, 1)?;
        }
        self.ending()?;
        for (ip, op) in code.iter().enumerate() {
            self.instruction(ip, op).map_err(|rule| format!("{ip} {op:?}: {rule}"))?;
        }
        self.tables()
    }

    /// The last instruction never goes on to the next.
    fn ending(&self) -> Result<(), String> {
        let last = self.function.code.last();
        let ends = matches!(
            last,
            Some(
                Op::Return { .. }
                    | Op::LeaveSelf { .. }
                    | Op::Finish { .. }
                    | Op::Throw { .. }
                    | Op::ThrowTry { .. }
                    | Op::NoMatch { .. }
                    | Op::Fail { .. }
                    | Op::Jump { .. }
                    | Op::Loop { .. }
            )
        );
        hold(ends, || "the code runs off its end".into())
    }

    fn instruction(&self, ip: usize, op: &Op) -> Result<(), String> {
        let mut registers = Ok(());
        op.registers(|_, register| {
            let absent = register == NO_REGISTER && matches!(op, Op::PlaceGuard { .. });
            if !absent && registers.is_ok() {
                registers = self.registers(register, 1);
            }
        });
        registers?;
        if let Some(target) = op.target() {
            hold((target as usize) < self.function.code.len(), || format!("target {target} is outside"))?;
        }
        self.indexes(op)?;
        if let Some((base, count)) = self.function.window(op) {
            self.registers(base, count as usize)?;
        }
        if let Some((base, count)) = self.assigned_window(op) {
            self.registers(base, count)?;
        }
        self.neighbours(ip, op)
    }

    fn registers(&self, base: Reg, count: usize) -> Result<(), String> {
        let (end, all) = (base as usize + count, self.function.registers as usize);
        hold(end <= all, || format!("registers {base}..{end} of {all}"))
    }

    /// Registers that are assigned besides the operands, as first register and count.
    fn assigned_window(&self, op: &Op) -> Option<(Reg, usize)> {
        match *op {
            Op::Unpack { base, shape, .. } => Some((base, self.parts(shape)?)),
            Op::Match { base, shape, .. } => Some((base, self.parts(shape)? + 1)),
            Op::ForNext { base, .. } => Some((base, 3)),
            Op::ForStart { dst, .. } => Some((dst, 2)),
            Op::Call { base, .. }
            | Op::CallValue { base, .. }
            | Op::CallLocal { base, .. }
            | Op::CallNative { base, .. }
            | Op::CallWith { base, .. }
            | Op::CallMethod { base, .. } => Some((base, 1)),
            Op::Struct { base, id, .. } => Some((base, self.program.structs.get(id as usize)?.parts())),
            _ => None,
        }
    }

    /// How many registers the parts of a shape take.
    fn parts(&self, shape: u16) -> Option<usize> {
        Some(self.function.shapes.get(shape as usize)?.parts().into())
    }

    /// Instructions that are operands of the one before, or that must be followed by one.
    fn neighbours(&self, ip: usize, op: &Op) -> Result<(), String> {
        let code = &self.function.code;
        let before = ip.checked_sub(1).and_then(|before| code.get(before));
        let after = code.get(ip + 1);
        match op {
            Op::Enum { base, .. } => match after {
                Some(Op::PayloadCount { count }) => self.registers(*base, *count as usize),
                _ => Err("PayloadCount must follow".into()),
            },
            Op::IfEq { dst, .. }
            | Op::IfNe { dst, .. }
            | Op::IfLt { dst, .. }
            | Op::IfLe { dst, .. }
            | Op::IfGt { dst, .. }
            | Op::IfGe { dst, .. }
            | Op::IfEqInt { dst, .. }
            | Op::IfNeInt { dst, .. }
            | Op::IfLtInt { dst, .. }
            | Op::IfLeInt { dst, .. }
            | Op::IfGtInt { dst, .. }
            | Op::IfGeInt { dst, .. } => {
                let decides = matches!(after, Some(Op::JumpIfNot { src, .. }) if src == dst);
                hold(decides, || "JumpIfNot must follow".into())
            }
            Op::CopySettled { dst, .. } => {
                let awaits = matches!(after, Some(Op::Await { src, inline: false }) if src == dst);
                hold(awaits, || "Await must follow".into())
            }
            Op::Yield { .. } | Op::Finish { .. } => {
                hold(self.function.flags.is_generator, || "only generators do that".into())
            }
            Op::ShareSelf { .. } | Op::LeaveSelf { .. } => {
                hold(self.function.flags.mutates_self, || "only mutating methods share `self`".into())
            }
            Op::Move { dst, src } => hold(dst != src, || "a register moves to itself".into()),
            Op::CallLocal { base, callee, .. } => {
                hold(base != callee, || "the result would replace the variable that is called".into())
            }
            Op::Return { .. } => hold(!self.function.flags.is_generator, || "generators finish".into()),
            Op::PlaceGuard { .. } => {
                let guarded = match before {
                    Some(Op::UpdatePlace { .. }) => true,
                    Some(Op::CallMethod { site, .. }) => {
                        let site = self.function.sites.get(*site as usize);
                        site.is_some_and(|site| site.place.is_some())
                    }
                    _ => false,
                };
                hold(guarded, || "nothing before it takes a guard".into())
            }
            Op::PayloadCount { .. } => {
                hold(matches!(before, Some(Op::Enum { .. })), || "Enum must precede".into())
            }
            _ => Ok(()),
        }
    }

    /// Immediates that are positions in tables.
    fn indexes(&self, op: &Op) -> Result<(), String> {
        let (function, program) = (self.function, self.program);
        let within = |index: usize, length: usize, table: &str| {
            hold(index < length, || format!("{table} {index} of {length}"))
        };
        match *op {
            Op::Const { index, .. } => within(index as usize, function.constants.len(), "constant"),
            Op::AddConst { index, .. }
            | Op::SubConst { index, .. }
            | Op::MulConst { index, .. }
            | Op::DivConst { index, .. }
            | Op::RemConst { index, .. } => {
                let constant = function.constants.get(usize::from(index));
                let is_number = matches!(constant, Some(Constant::Int(_) | Constant::Float(_)));
                hold(is_number, || format!("constant {index} is no number"))
            }
            Op::Function { function: id, .. } | Op::Call { function: id, .. } => {
                self.captureless(FunctionId(id))
            }
            Op::Closure { function: id, .. } => self.closure(FunctionId(id)),
            Op::Member { function: id, .. } => within(id as usize, program.functions.len(), "function"),
            Op::GetCapture { index, .. } | Op::SetCapture { index, .. } => {
                within(index as usize, function.captures.len(), "capture")
            }
            Op::Fail { message, hint, .. } => {
                let text = |index: usize| matches!(function.constants.get(index), Some(Constant::Text(_)));
                hold(text(message as usize), || format!("constant {message} is no text"))?;
                hold(hint == NO_HINT || text(hint.into()), || format!("constant {hint} is no text"))
            }
            Op::Module { module, .. } => within(module as usize, program.modules.len(), "module"),
            Op::GetGlobal { index, .. } | Op::SetGlobal { index, .. } | Op::IsSet { index, .. } => {
                within(index as usize, program.globals.len(), "module-level variable")
            }
            Op::GetPlace { place, .. } | Op::SetPlace { place, .. } => {
                within(place as usize, function.places.len(), "place")
            }
            Op::UpdatePlace { place, op, .. } => {
                hold(op < UPDATES, || format!("operator {op} of {UPDATES}"))?;
                within(place as usize, function.places.len(), "place")
            }
            Op::Struct { id, .. } => within(id as usize, program.structs.len(), "struct"),
            Op::Enum { variant, .. } | Op::Constructor { variant, .. } => {
                within(variant as usize, program.variants.len(), "variant")
            }
            Op::GetField { name, .. } | Op::GetFieldOrNull { name, .. } | Op::SetField { name, .. } => {
                within(name as usize, function.names.len(), "name")
            }
            Op::Unpack { shape, .. } | Op::Match { shape, .. } => {
                within(shape as usize, function.shapes.len(), "shape")
            }
            Op::CallWith { site, .. } | Op::CallMethod { site, .. } => {
                within(site as usize, function.sites.len(), "site")
            }
            Op::CheckType { check, .. } => within(check as usize, function.checks.len(), "check"),
            _ => Ok(()),
        }
    }

    fn captureless(&self, id: FunctionId) -> Result<(), String> {
        let callee = self.program.functions.get(id.index()).ok_or("no such function")?;
        hold(callee.captures.is_empty(), || format!("{} captures variables", callee.name))
    }

    fn closure(&self, id: FunctionId) -> Result<(), String> {
        let made = self.program.functions.get(id.index()).ok_or("no such function")?;
        for source in &made.captures {
            match source {
                CaptureSource::Register(register) => self.registers(*register, 1)?,
                CaptureSource::Capture(index) => self.capture(*index)?,
            }
        }
        Ok(())
    }

    fn capture(&self, index: u16) -> Result<(), String> {
        let length = self.function.captures.len();
        hold((index as usize) < length, || format!("capture {index} of {length}"))
    }

    fn symbol(&self, symbol: Symbol) -> Result<(), String> {
        hold(symbol.index() < self.program.symbols.len(), || format!("no symbol {}", symbol.0))
    }

    /// The tables of the function itself.
    fn tables(&self) -> Result<(), String> {
        let function = self.function;
        let length = function.code.len() as u32;
        for handler in &function.handlers {
            let inside = handler.start <= handler.end && handler.end <= length && handler.target < length;
            hold(inside, || format!("handler outside: {handler:?}"))?;
            if handler.error != NO_REGISTER {
                self.registers(handler.error, 1)?;
            }
        }
        let names = function.names.iter().chain(&function.capture_names).copied();
        names.chain(function.params.iter().map(|param| param.name)).try_for_each(|name| self.symbol(name))?;
        for check in function.params.iter().filter_map(|param| param.check) {
            hold(usize::from(check) < function.checks.len(), || format!("no check {check}"))?;
        }
        function.places.iter().try_for_each(|place| self.place(place))?;
        for &global in &function.globals {
            hold((global as usize) < self.program.globals.len(), || {
                format!("no module-level variable {global}")
            })?;
        }
        let ascending = function.globals.is_sorted() && function.live.is_sorted_by_key(|entry| entry.0);
        hold(ascending, || "globals and live are ascending".into())?;
        for (ip, live) in &function.live {
            hold(*ip < length, || format!("liveness at {ip}"))?;
            live.iter().try_for_each(|&register| self.registers(register, 1))?;
        }
        function.sites.iter().try_for_each(|site| self.site(site))
    }

    fn place(&self, place: &super::Place) -> Result<(), String> {
        self.symbol(place.name)?;
        match place.root {
            Root::Register(register) | Root::Cell(register) => self.registers(register, 1)?,
            Root::Capture(index) | Root::OuterReceiver(index) => self.capture(index)?,
            Root::Global(index) => {
                let all = self.program.globals.len();
                hold((index as usize) < all, || format!("module-level variable {index} of {all}"))?;
            }
            Root::Receiver => {
                hold(self.function.flags.mutates_self, || "only mutating methods have one".into())?
            }
        }
        place.steps.iter().try_for_each(|step| match *step {
            Step::Field(name) | Step::FieldOrNull(name) => self.symbol(name),
            Step::Index(register) => self.registers(register, 1),
        })
    }

    fn site(&self, site: &super::CallSite) -> Result<(), String> {
        self.symbol(site.name)?;
        if let Some(place) = site.place {
            hold((place as usize) < self.function.places.len(), || format!("no place {place}"))?;
        }
        match site.fallback {
            Fallback::Function(id) => self.captureless(id),
            Fallback::Register(register) => self.registers(register, 1),
            Fallback::Capture(index) => self.capture(index),
            Fallback::Native(_) | Fallback::None => Ok(()),
        }
    }
}
