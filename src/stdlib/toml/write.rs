//! Values to TOML text.

use super::DEEPEST;
use crate::bytecode::Program;
use crate::stdlib::parse_fault::limit_fault;
use crate::value::{Dict, ErrorKind, Fault, Value, type_name};

/// The document of a dict.
pub(super) fn text(program: &Program, dict: &Dict) -> Result<String, Fault> {
    let table = Writer { program }.table(dict.iter().map(|(key, value)| (key.to_string(), value)), "", 0)?;
    toml::to_string(&table).map_err(|error| Fault::new(ErrorKind::ValueError, format!("to_toml: {error}")))
}

struct Writer<'a> {
    program: &'a Program,
}

impl Writer<'_> {
    /// `path` is the name of the table, for errors.
    fn table<'v>(
        &self,
        entries: impl Iterator<Item = (String, &'v Value)>,
        path: &str,
        depth: usize,
    ) -> Result<toml::Table, Fault> {
        if depth > DEEPEST {
            return Err(limit_fault(DEEPEST, format!("to_toml: nested deeper than {DEEPEST} levels")));
        }
        let mut table = toml::Table::new();
        for (name, value) in entries {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let value = self.value(value, &path, depth + 1)?;
            table.insert(name, value);
        }
        Ok(table)
    }

    fn value(&self, value: &Value, path: &str, depth: usize) -> Result<toml::Value, Fault> {
        Ok(match value {
            Value::Bool(truth) => toml::Value::Boolean(*truth),
            Value::Int(number) => toml::Value::Integer(*number),
            Value::Float(number) if number.is_finite() => toml::Value::Float(*number),
            Value::Text(text) => toml::Value::String(text.as_str().to_owned()),
            Value::Some(inner) => return self.value(inner, path, depth),
            Value::Array(items) => self.array(items.iter(), path, depth)?,
            Value::Set(items) => self.array(items.iter(), path, depth)?,
            Value::Deque(items) => self.array(items.iter(), path, depth)?,
            Value::Dict(dict) => {
                let entries = dict.iter().map(|(key, value)| (key.to_string(), value));
                toml::Value::Table(self.table(entries, path, depth)?)
            }
            Value::Struct(body) => {
                let fields = &self.program.structs[body.id.index()].fields;
                let names = fields.iter().map(|field| self.program.symbol(field.name).to_owned());
                toml::Value::Table(self.table(names.zip(body.fields.iter()), path, depth)?)
            }
            Value::Null | Value::None | Value::Float(_) => {
                let what =
                    if let Value::Float(number) = value { number.to_string() } else { "null".to_owned() };
                let message = format!("to_toml: TOML cannot hold {what} ('{path}')");
                return Err(Fault::new(ErrorKind::ValueError, message));
            }
            other => {
                let kind = type_name(self.program, other);
                let message = format!("to_toml: TOML cannot hold a value of type {kind} ('{path}')");
                return Err(Fault::new(ErrorKind::TypeError, message));
            }
        })
    }

    fn array<'v>(
        &self,
        items: impl Iterator<Item = &'v Value>,
        path: &str,
        depth: usize,
    ) -> Result<toml::Value, Fault> {
        if depth > DEEPEST {
            return Err(limit_fault(DEEPEST, format!("to_toml: nested deeper than {DEEPEST} levels")));
        }
        let items = items.enumerate().map(|(at, item)| self.value(item, &format!("{path}[{at}]"), depth + 1));
        Ok(toml::Value::Array(items.collect::<Result<_, _>>()?))
    }
}
