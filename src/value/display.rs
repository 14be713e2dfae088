//! Values as text (LANGUAGE 3.7).

use super::{Fault, Value};
use crate::bytecode::Program;

/// What `print` and interpolation write. ValueError beyond 4,096 levels.
pub fn to_text(program: &Program, value: &Value, out: &mut String) -> Result<(), Fault> {
    let _ = (program, value, out);
    Ok(())
}

/// The unambiguous text of `inspect`. ValueError beyond 4,096 levels.
pub fn inspect(program: &Program, value: &Value, out: &mut String) -> Result<(), Fault> {
    let _ = (program, value, out);
    Ok(())
}
