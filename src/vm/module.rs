//! Modules as values (LANGUAGE 12.2): what a module exports, looked up by name while the program runs.
//!
//! Where the text names the module itself the compiler has resolved its members already; this is for modules that were
//! stored or passed on. Does not: run modules; an import is a plain call of the module's top-level code.

use super::Machine;
use crate::bytecode::{Member, Symbol};
use crate::context::Globals;
use crate::source::suggest;
use crate::value::{ErrorKind, Fault, Value};

impl Machine {
    /// An export as it is now; `None` if the module has none of this name.
    pub(super) fn module_member(&self, globals: &Globals, module: u16, name: Symbol) -> Option<Value> {
        let def = self.program.modules.get(usize::from(module))?;
        match *def.members.get(&name)? {
            Member::Variable(index) => Some(globals.get(index).clone()),
            Member::Function(function) => Some(Value::Function(function)),
        }
    }

    /// `module.name`.
    pub(super) fn module_field(&self, globals: &Globals, module: u16, name: Symbol) -> Result<Value, Fault> {
        let text = self.program.symbol(name);
        match self.module_member(globals, module, name) {
            Some(Value::Unset) => {
                Err(Fault::new(ErrorKind::NameError, format!("Undefined variable: {text}")))
            }
            Some(value) => Ok(value),
            None => Err(self.no_export(module, text)),
        }
    }

    #[cold]
    fn no_export(&self, module: u16, name: &str) -> Fault {
        let def = &self.program.modules[usize::from(module)];
        let fault =
            Fault::new(ErrorKind::NameError, format!("Symbol '{name}' not found in module '{}'", def.name));
        let mut known: Vec<&str> = def.members.keys().map(|&symbol| self.program.symbol(symbol)).collect();
        known.sort_unstable();
        match suggest(name, &known, "it exports") {
            Some(help) => fault.with_hint(help),
            None => fault,
        }
    }

    /// The error of the instruction `Fail`.
    #[cold]
    pub(super) fn failure(import: bool, message: &Value, hint: Option<&Value>) -> Fault {
        let kind = if import { ErrorKind::ImportError } else { ErrorKind::NameError };
        let text = |value: &Value| match value {
            Value::Text(text) => text.as_str().to_owned(),
            _ => String::new(),
        };
        Fault::new(kind, text(message)).with_hint_opt(hint.map(text))
    }
}
