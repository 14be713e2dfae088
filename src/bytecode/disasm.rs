//! Bytecode as text, for golden tests and for people.

use std::fmt::Write;

use super::{FunctionId, Program};

/// One function's instructions, one a line: index, line of the source, instruction.
pub fn disassemble(program: &Program, id: FunctionId) -> String {
    let function = program.function(id);
    let source = &program.files[function.file.index()];
    let mut out = format!("{} ({} registers)\n", function.name, function.registers);
    for (ip, op) in function.code.iter().enumerate() {
        let line = function.spans.get(ip).map_or(0, |span| source.position(span.start).line);
        let _ = writeln!(out, "{ip:5} {line:4}  {op:?}");
    }
    for handler in &function.handlers {
        let _ = writeln!(out, "      errors in {}..{} go to {}", handler.start, handler.end, handler.target);
    }
    out
}
