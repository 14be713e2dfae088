//! JSON text to values.
//!
//! Invariant: open arrays and objects stand on a list of their own, not on Rust's stack, so nesting costs memory in
//! proportion to the text and ends at `DEEPEST` with a LimitError.

use super::DEEPEST;
use crate::stdlib::parse_fault::{Place, limit_fault, parse_fault};
use crate::value::{Dict, Fault, Key, Text, Value};

/// The value of a whole text.
pub(in crate::stdlib) fn read(text: &str) -> Result<Value, Fault> {
    let (value, end) = read_first(text)?;
    let mut reader = Reader { text, at: end };
    reader.skip_space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.expected("end of input")),
    }
}

/// The value at the start of a text and the byte behind it.
pub(in crate::stdlib) fn read_first(text: &str) -> Result<(Value, usize), Fault> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value()?;
    Ok((value, reader.at))
}

/// An array or object whose end was not read yet.
enum Open {
    Array(Vec<Value>),
    /// The entries so far and the key of the value that comes next.
    Object(Dict, Key),
}

/// What comes next in a text.
enum Next {
    Opened(Open),
    Value(Value),
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<Value, Fault> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let mut value = match self.start(open.len())? {
                Next::Value(value) => value,
                Next::Opened(container) => {
                    open.push(container);
                    continue;
                }
            };
            // A value may end its container, which then is a value of the one around it, and so on.
            loop {
                let Some(container) = open.pop() else { return Ok(value) };
                match self.continued(container, value)? {
                    Next::Opened(container) => {
                        open.push(container);
                        break;
                    }
                    Next::Value(ended) => value = ended,
                }
            }
        }
    }

    /// Reads a scalar, an empty container, or the beginning of a container up to its first value, inside of `depth` open
    /// containers.
    fn start(&mut self, depth: usize) -> Result<Next, Fault> {
        self.skip_space();
        let value = match self.peek() {
            Some(b'{' | b'[') if depth == DEEPEST => return Err(self.too_deep()),
            Some(b'{') => return self.open_object(),
            Some(b'[') => return Ok(self.open_array()),
            Some(b'"') => Value::Text(self.string()?.into()),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            _ => return Err(self.expected("a value")),
        };
        Ok(Next::Value(value))
    }

    fn open_array(&mut self) -> Next {
        self.at += 1;
        self.skip_space();
        if self.takes(b']') {
            return Next::Value(Value::array(Vec::new()));
        }
        Next::Opened(Open::Array(Vec::new()))
    }

    fn open_object(&mut self) -> Result<Next, Fault> {
        self.at += 1;
        self.skip_space();
        if self.takes(b'}') {
            return Ok(Next::Value(Value::dict(Dict::new())));
        }
        let key = self.key("a string or '}'")?;
        Ok(Next::Opened(Open::Object(Dict::new(), key)))
    }

    /// Puts a value into its container, and reads on to the container's next value or its end.
    fn continued(&mut self, container: Open, value: Value) -> Result<Next, Fault> {
        self.skip_space();
        match container {
            Open::Array(mut items) => {
                items.push(value);
                if self.takes(b',') {
                    return Ok(Next::Opened(Open::Array(items)));
                }
                self.expect(b']', "',' or ']'")?;
                Ok(Next::Value(Value::array(items)))
            }
            Open::Object(mut dict, key) => {
                dict.insert(key, value);
                if self.takes(b',') {
                    self.skip_space();
                    let key = self.key("a string")?;
                    return Ok(Next::Opened(Open::Object(dict, key)));
                }
                self.expect(b'}', "',' or '}'")?;
                Ok(Next::Value(Value::dict(dict)))
            }
        }
    }

    fn key(&mut self, expected: &str) -> Result<Key, Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.expected(expected));
        }
        let key = self.string()?;
        self.skip_space();
        self.expect(b':', "':'")?;
        Ok(Key::Text(Text::from(key)))
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Fault> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.expected("a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        let mut integral = true;
        if self.takes(b'.') {
            integral = false;
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            integral = false;
            _ = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        let text = &self.text[start..self.at];
        if let (true, Ok(number)) = (integral, text.parse()) {
            return Ok(Value::Int(number));
        }
        let number: f64 = text.parse().expect("JSON numbers are Rust's floats too");
        if number.is_infinite() {
            return Err(self.fault_at(start, "number out of range"));
        }
        Ok(Value::Float(number))
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.expected("a digit")) } else { Ok(()) }
    }

    /// A string, from its quote on.
    fn string(&mut self) -> Result<String, Fault> {
        let opening = self.at;
        self.at += 1;
        let mut string = String::new();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let plain = rest.iter().position(|&byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            let Some(plain) = plain else { return Err(self.fault_at(opening, "string is not closed")) };
            string.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => string.push(self.escape()?),
                _ => return Err(self.fault_at(self.at, "control character in a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        self.at += 2;
        let character = match self.text.as_bytes().get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(start),
            _ => return Err(self.fault_at(start, "invalid escape")),
        };
        Ok(character)
    }

    /// The character of `\uXXXX`, or of two of them that are a surrogate pair.
    fn unicode(&mut self, start: usize) -> Result<char, Fault> {
        let high = self.unit(start)?;
        let code = match high {
            0xd800..=0xdbff if self.text[self.at..].starts_with("\\u") => {
                self.at += 2;
                let low = self.unit(start)?;
                match low {
                    0xdc00..=0xdfff => 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00),
                    _ => high,
                }
            }
            _ => high,
        };
        char::from_u32(code).ok_or_else(|| self.fault_at(start, "unpaired surrogate"))
    }

    fn unit(&mut self, start: usize) -> Result<u32, Fault> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.ok_or_else(|| self.fault_at(start, "invalid escape"))?;
        self.at += 4;
        Ok(digits.iter().fold(0, |unit, &digit| unit * 16 + char::from(digit).to_digit(16).unwrap_or(0)))
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn takes(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    fn expect(&mut self, byte: u8, what: &str) -> Result<(), Fault> {
        if self.takes(byte) { Ok(()) } else { Err(self.expected(what)) }
    }

    fn expected(&self, what: &str) -> Fault {
        self.fault_at(self.at, &format!("expected {what}"))
    }

    fn fault_at(&self, byte: usize, what: &str) -> Fault {
        let place = Place::of(self.text, byte);
        parse_fault("JSON", format!("JSON parse error: {what}{place}"), place)
    }

    fn too_deep(&self) -> Fault {
        let place = Place::of(self.text, self.at);
        limit_fault(DEEPEST, format!("JSON parse error: nested deeper than {DEEPEST} levels{place}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, read};
    use crate::value::{ErrorKind, Value};

    fn check(text: &str, expect: &str) {
        let shown = match read(text) {
            Ok(value) => format!("{value:?}"),
            Err(fault) => fault.body().message.as_str().to_owned(),
        };
        assert_eq!(shown, expect, "{text}");
    }

    #[test]
    fn numbers() {
        check("12", "Int(12)");
        check("1.0", "Float(1.0)");
        check("-0", "Int(0)");
        check("9223372036854775808", "Float(9.223372036854776e18)");
        check("1e400", "JSON parse error: number out of range at line 1 column 1");
        check("01", "JSON parse error: expected end of input at line 1 column 2");
        check("1.", "JSON parse error: expected a digit at line 1 column 3");
    }

    #[test]
    fn errors_name_what_is_missing() {
        check("{\"a\" 1}", "JSON parse error: expected ':' at line 1 column 6");
        check("[1\n 2]", "JSON parse error: expected ',' or ']' at line 2 column 2");
        check("", "JSON parse error: expected a value at line 1 column 1");
        check("[1,]", "JSON parse error: expected a value at line 1 column 4");
        check("{\"a\":1,}", "JSON parse error: expected a string at line 1 column 8");
        check("\"ab", "JSON parse error: string is not closed at line 1 column 1");
        check("nul", "JSON parse error: expected a value at line 1 column 1");
    }

    #[test]
    fn escapes() {
        let Ok(Value::Text(text)) = read(r#""a\n\u00e9\ud83d\ude00\/""#) else { panic!("a string") };
        assert_eq!(text.as_str(), "a\né😀/");
        check(r#""\ud83d""#, "JSON parse error: unpaired surrogate at line 1 column 2");
        check(r#""\x""#, "JSON parse error: invalid escape at line 1 column 2");
        check(r#""\u12"#, "JSON parse error: invalid escape at line 1 column 2");
    }

    #[test]
    fn nesting_ends_at_the_limit() {
        assert!(read(&("[".repeat(DEEPEST) + &"]".repeat(DEEPEST))).is_ok());
        let fault = read(&"[".repeat(DEEPEST + 1)).expect_err("too deep");
        assert!(fault.is(ErrorKind::LimitError));
    }
}
