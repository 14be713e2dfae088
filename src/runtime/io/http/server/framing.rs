//! Where requests begin and end in what a client sends, followed for one reason: a head that says the length of its body in
//! two ways must not be believed in either. A proxy in front of the server may have believed the other one, and would then
//! take a part of this request for the next (RFC 9112, section 6.3). The library below drops one of them without a word.
//!
//! Invariant: it reads along and never changes what it understands. What it refuses it makes unreadable, so that the library
//! below answers it as every other malformed head.

/// As much of a line is looked at. What it is looked at for is shorter.
const LOOKED_AT: usize = 256;
/// No line may hold this.
const UNREADABLE: u8 = 0;

/// The place in a connection's stream of requests.
#[derive(Debug, Default)]
pub(super) struct Framing {
    at: At,
    /// The beginning of the line that is being read.
    line: Vec<u8>,
    head: Head,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Head,
    /// So many bytes.
    Body(u64),
    /// The line before a chunk.
    Size,
    /// So many bytes, the end of the line behind them included.
    Chunk(u64),
    Trailer,
}

/// What is known of a head.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    begun: bool,
    length: Option<u64>,
    coded: bool,
}

/// What cannot be followed.
struct Contradiction;

impl Framing {
    /// Follows what was read, and makes unreadable what contradicts itself.
    pub(super) fn follow(&mut self, mut bytes: &mut [u8]) {
        while !bytes.is_empty() {
            let used = match &mut self.at {
                At::Body(left) | At::Chunk(left) => {
                    let used = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left -= used as u64;
                    used
                }
                At::Head | At::Size | At::Trailer => self.read_line(bytes),
            };
            match self.at {
                At::Body(0) => self.at = At::Head,
                At::Chunk(0) => self.at = At::Size,
                _ => {}
            }
            bytes = &mut bytes[used..];
        }
    }

    /// Takes a line, or the part of it that is there.
    fn read_line(&mut self, bytes: &mut [u8]) -> usize {
        let end = memchr::memchr(b'\n', bytes);
        let part = &bytes[..end.unwrap_or(bytes.len())];
        let room = LOOKED_AT.saturating_sub(self.line.len());
        self.line.extend_from_slice(&part[..part.len().min(room)]);
        let Some(end) = end else { return bytes.len() };
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        if self.end_line().is_err() {
            bytes[end] = UNREADABLE;
        }
        self.line.clear();
        end + 1
    }

    fn end_line(&mut self) -> Result<(), Contradiction> {
        match (self.at, self.line.is_empty()) {
            (At::Head, true) if self.head.begun => self.at = std::mem::take(&mut self.head).next(),
            (At::Head, false) if self.head.begun => self.head.read(&self.line)?,
            (At::Head, empty) => self.head.begun = !empty, // The library below passes over empty lines before a request.
            (At::Trailer, true) => self.at = At::Head,
            (At::Trailer, false) => {}
            _ => self.at = next_chunk(&self.line).ok_or(Contradiction)?,
        }
        Ok(())
    }
}

impl Head {
    fn read(&mut self, line: &[u8]) -> Result<(), Contradiction> {
        let Some(colon) = memchr::memchr(b':', line) else { return Ok(()) };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.coded = true;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.length = Some(number(value, 10).ok_or(Contradiction)?);
        }
        if self.coded && self.length.is_some() { Err(Contradiction) } else { Ok(()) }
    }

    fn next(self) -> At {
        match self.length {
            _ if self.coded => At::Size,
            Some(length) if length > 0 => At::Body(length),
            _ => At::Head,
        }
    }
}

/// What follows the line before a chunk.
fn next_chunk(line: &[u8]) -> Option<At> {
    let size = line.split(|byte| *byte == b';').next()?.trim_ascii();
    match number(size, 16)? {
        0 => Some(At::Trailer),
        size => Some(At::Chunk(size.checked_add(2)?)),
    }
}

/// A number that is written with digits alone.
fn number(text: &[u8], radix: u32) -> Option<u64> {
    let text = std::str::from_utf8(text).ok().filter(|text| !text.starts_with('+'))?;
    u64::from_str_radix(text, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::Framing;

    /// How much of a stream is left as it was, read in pieces of each size.
    fn readable(stream: &str) -> usize {
        let untouched = |piece: usize| {
            let mut framing = Framing::default();
            let mut bytes = stream.as_bytes().to_vec();
            bytes.chunks_mut(piece).for_each(|piece| framing.follow(piece));
            bytes.iter().zip(stream.as_bytes()).take_while(|(read, sent)| read == sent).count()
        };
        let whole = untouched(stream.len());
        for piece in 1..stream.len() {
            assert_eq!(untouched(piece), whole, "in pieces of {piece}: {stream:?}");
        }
        whole
    }

    #[test]
    fn what_says_its_length_once_is_left_alone() {
        for stream in [
            "GET / HTTP/1.1\r\nhost: x\r\n\r\n",
            "\r\n\nGET / HTTP/1.1\nhost: x\n\nGET / HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 42\r\n\r\ncontent-length: 1\r\ntransfer-encoding: x\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n14;a=b\r\ncontent-length: 1\n\r\n\r\n0\r\ncontent-length: 9\r\n\r\nPOST / HTTP/1.1\r\ncontent-length: 1\r\n\r\nx",
            "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        ] {
            assert_eq!(readable(stream), stream.len(), "{stream:?}");
        }
    }

    #[test]
    fn what_says_it_twice_cannot_be_read() {
        for (before, from) in [
            ("POST / HTTP/1.1\r\ncontent-length: 1\r\nTRANSFER-encoding: chunked\r", "\n\r\n0\r\n\r\n"),
            ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nhost: x\r\nContent-Length:1", "\n\r\n"),
            (
                "GET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\ntransfer-encoding: a\r\ncontent-length: 1\r",
                "\n\r\n",
            ),
            ("POST / HTTP/1.1\r\ncontent-length: +1\r", "\n\r\n"),
            ("POST / HTTP/1.1\r\ncontent-length: 1, 1\r", "\n\r\n"),
            ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r", "\n"),
        ] {
            assert_eq!(readable(&format!("{before}{from}")), before.len(), "{before:?}");
        }
    }
}
