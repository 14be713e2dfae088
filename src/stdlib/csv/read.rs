//! CSV text to rows.
//!
//! Invariant: the reader is always at the start of a field or of a line, and every step takes at least one character.

use crate::stdlib::parse_fault::{Place, parse_fault};
use crate::value::{Dict, Fault, Key, Text, Value};

/// How a text is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) delimiter: char,
    pub(super) quote: char,
    /// Whether white space around fields goes.
    pub(super) trim: bool,
    /// Whether the first row names the columns.
    pub(super) header: bool,
    /// Whether cells become numbers and bools.
    pub(super) types: bool,
}

/// All rows: dicts if there is a header, else arrays.
pub(super) fn rows(text: &str, rules: Rules) -> Result<Value, Fault> {
    let mut reader = Reader { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 }, rules };
    let mut rows = Vec::new();
    let mut names: Option<Vec<Key>> = None;
    let mut width = None;
    while let Some((start, cells)) = reader.row()? {
        if *width.get_or_insert(cells.len()) != cells.len() {
            return Err(reader.ragged(start, width.unwrap_or_default(), cells.len()));
        }
        let typed = |cell: String| if rules.types { typed(cell) } else { Value::text(cell) };
        match &names {
            None if rules.header => {
                names = Some(cells.into_iter().map(|name| Key::Text(name.into())).collect());
            }
            None => rows.push(Value::array(cells.into_iter().map(typed).collect())),
            Some(names) => {
                let cells = cells.into_iter().map(typed);
                rows.push(Value::dict(names.iter().cloned().zip(cells).collect::<Dict>()));
            }
        }
    }
    Ok(Value::array(rows))
}

/// A number or bool if it would be written as the same text.
fn typed(cell: String) -> Value {
    match cell.as_bytes().first() {
        Some(b'-' | b'0'..=b'9') => number(&cell).unwrap_or_else(|| Value::text(Text::from(cell))),
        _ if cell == "true" => Value::Bool(true),
        _ if cell == "false" => Value::Bool(false),
        _ => Value::text(Text::from(cell)),
    }
}

fn number(cell: &str) -> Option<Value> {
    if let Ok(int) = cell.parse::<i64>() {
        return (int.to_string() == cell).then_some(Value::Int(int));
    }
    let float = cell.parse::<f64>().ok()?;
    (float.is_finite() && format!("{float:?}") == cell).then_some(Value::Float(float))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    rules: Rules,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// The next row that is not blank, and where it starts.
    fn row(&mut self) -> Result<Option<(usize, Vec<String>)>, Fault> {
        loop {
            self.skip_blanks();
            match self.rest().chars().next() {
                None => return Ok(None),
                Some('\n' | '\r') => self.at += 1,
                Some(_) => break,
            }
        }
        let start = self.at;
        let mut cells = Vec::new();
        loop {
            cells.push(self.field()?);
            if !self.takes(self.rules.delimiter) {
                return Ok(Some((start, cells)));
            }
        }
    }

    fn field(&mut self) -> Result<String, Fault> {
        self.skip_blanks();
        if self.rest().starts_with(self.rules.quote) {
            return self.quoted();
        }
        let delimiter = self.rules.delimiter;
        let ends = |c: char| c == delimiter || c == '\n' || c == '\r';
        let end = self.rest().find(ends).unwrap_or(self.rest().len());
        let field = &self.rest()[..end];
        let field = if self.rules.trim { field.trim_end() } else { field }.to_owned();
        self.at += end;
        Ok(field)
    }

    /// A field in quotes; a quote in it is doubled.
    fn quoted(&mut self) -> Result<String, Fault> {
        let (start, quote) = (self.at, self.rules.quote);
        let mut field = String::new();
        while self.takes(quote) {
            if !field.is_empty() || self.at > start + quote.len_utf8() {
                field.push(quote);
            }
            let Some(end) = self.rest().find(quote) else {
                return Err(self.fault(start, "the quotes are not closed"));
            };
            field.push_str(&self.rest()[..end]);
            self.at += end + quote.len_utf8();
        }
        self.skip_blanks();
        match self.rest().chars().next() {
            Some(next) if next != self.rules.delimiter && next != '\n' && next != '\r' => {
                Err(self
                    .fault(self.at, &format!("expected '{}' or the end of the line", self.rules.delimiter)))
            }
            _ => Ok(field),
        }
    }

    /// White space around fields, where it goes; a delimiter may itself be white space.
    fn skip_blanks(&mut self) {
        let delimiter = self.rules.delimiter;
        let blank = |c: char| c != delimiter && c != '\n' && c != '\r' && c.is_whitespace();
        if self.rules.trim {
            self.at = self.text.len() - self.rest().trim_start_matches(blank).len();
        }
    }

    fn takes(&mut self, mark: char) -> bool {
        let found = self.rest().starts_with(mark);
        self.at += if found { mark.len_utf8() } else { 0 };
        found
    }

    fn ragged(&self, start: usize, expected: usize, got: usize) -> Fault {
        let place = Place { line: Place::of(self.text, start).line, ..Place::default() };
        parse_fault("CSV", format!("CSV parse error: expected {expected} fields, got {got}{place}"), place)
    }

    fn fault(&self, byte: usize, what: &str) -> Fault {
        let place = Place::of(self.text, byte);
        parse_fault("CSV", format!("CSV parse error: {what}{place}"), place)
    }
}
