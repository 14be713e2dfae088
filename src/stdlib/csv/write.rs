//! Rows to CSV text.

use indexmap::IndexSet;

use crate::value::{ErrorKind, Fault, Key, Value, type_name};
use crate::vm::Call;

/// The text of the rows; LF ends each line.
pub(super) fn text(
    call: &Call<'_>,
    rows: &[Value],
    columns: Option<Vec<Key>>,
    header: bool,
    delimiter: char,
) -> Result<String, Fault> {
    let mut writer = Writer { call, delimiter, out: String::new() };
    let named = columns.is_some() || rows.iter().any(|row| matches!(row, Value::Dict(_)));
    let columns = columns.unwrap_or_else(|| union_of_keys(rows));
    if header && named && !rows.is_empty() {
        writer.line(columns.iter().map(Key::to_value).collect::<Vec<_>>().iter())?;
    }
    for row in rows {
        match row {
            Value::Array(cells) => writer.line(cells.iter())?,
            Value::Dict(dict) => {
                writer.line(columns.iter().map(|key| dict.get(key.as_ref()).unwrap_or(&Value::Null)))?;
            }
            other => return Err(call.type_fault("rows", "array of dicts or arrays", other)),
        }
    }
    Ok(writer.out)
}

/// The keys of all dicts, first seen first.
fn union_of_keys(rows: &[Value]) -> Vec<Key> {
    let mut keys: IndexSet<Key, foldhash::fast::RandomState> = IndexSet::default();
    for row in rows {
        if let Value::Dict(dict) = row {
            keys.extend(dict.iter().map(|(key, _)| key.clone()));
        }
    }
    keys.into_iter().collect()
}

struct Writer<'a> {
    call: &'a Call<'a>,
    delimiter: char,
    out: String,
}

impl Writer<'_> {
    fn line<'v>(&mut self, cells: impl ExactSizeIterator<Item = &'v Value>) -> Result<(), Fault> {
        let start = self.out.len();
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                self.out.push(self.delimiter);
            }
            self.cell(cell)?;
        }
        // A blank line would be skipped when it is read.
        if self.out.len() == start {
            self.out.push_str("\"\"");
        }
        self.out.push('\n');
        Ok(())
    }

    fn cell(&mut self, cell: &Value) -> Result<(), Fault> {
        match cell {
            Value::Null | Value::None => {}
            Value::Some(inner) => self.cell(inner)?,
            Value::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Value::Int(number) => self.out.push_str(&number.to_string()),
            // `{:?}` is the shortest text that reads back equal, and keeps `.0`.
            Value::Float(number) if number.is_finite() => self.out.push_str(&format!("{number:?}")),
            Value::Float(number) => {
                return Err(self.call.value_fault(format!("CSV cannot hold {number}")));
            }
            Value::Text(text) => self.text(text.as_str()),
            other => {
                let kind = type_name(self.call.program, other);
                let message = format!("to_csv: CSV cannot hold a value of type {kind}");
                return Err(Fault::new(ErrorKind::TypeError, message));
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let delimiter = self.delimiter;
        let special = |c: char| c == delimiter || matches!(c, '"' | '\n' | '\r');
        if !text.contains(special) && !text.starts_with('\u{feff}') {
            return self.out.push_str(text);
        }
        self.out.push('"');
        self.out.push_str(&text.replace('"', "\"\""));
        self.out.push('"');
    }
}
