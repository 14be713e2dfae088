//! The hash functions behind one type.

use sha2::Digest as _;

/// A hash function at work.
#[derive(Clone)]
pub(super) enum Digest {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
    Blake3(Box<blake3::Hasher>),
}

impl Digest {
    /// A fresh one.
    pub(super) fn named(name: &str) -> Option<Digest> {
        Some(match name {
            "md5" => Digest::Md5(md5::Md5::new()),
            "sha1" => Digest::Sha1(sha1::Sha1::new()),
            "sha256" => Digest::Sha256(sha2::Sha256::new()),
            "sha384" => Digest::Sha384(sha2::Sha384::new()),
            "sha512" => Digest::Sha512(sha2::Sha512::new()),
            "blake3" => Digest::Blake3(Box::default()),
            _ => return None,
        })
    }

    pub(super) fn update(&mut self, data: &[u8]) {
        match self {
            Digest::Md5(digest) => digest.update(data),
            Digest::Sha1(digest) => digest.update(data),
            Digest::Sha256(digest) => digest.update(data),
            Digest::Sha384(digest) => digest.update(data),
            Digest::Sha512(digest) => digest.update(data),
            Digest::Blake3(digest) => _ = digest.update(data),
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        match self {
            Digest::Md5(digest) => digest.finalize().to_vec(),
            Digest::Sha1(digest) => digest.finalize().to_vec(),
            Digest::Sha256(digest) => digest.finalize().to_vec(),
            Digest::Sha384(digest) => digest.finalize().to_vec(),
            Digest::Sha512(digest) => digest.finalize().to_vec(),
            Digest::Blake3(digest) => digest.finalize().as_bytes().to_vec(),
        }
    }

    /// How many bytes it takes in at once.
    fn block(&self) -> usize {
        match self {
            Digest::Sha384(_) | Digest::Sha512(_) => 128,
            _ => 64,
        }
    }

    /// The HMAC of data (RFC 2104); `self` is a fresh digest.
    pub(super) fn keyed(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        let digest_of = |parts: [&[u8]; 2]| {
            let mut digest = self.clone();
            parts.iter().for_each(|part| digest.update(part));
            digest.finish()
        };
        let mut block = if key.len() > self.block() { digest_of([key, &[]]) } else { key.to_vec() };
        block.resize(self.block(), 0);
        let inner: Vec<u8> = block.iter().map(|byte| byte ^ 0x36).collect();
        let outer: Vec<u8> = block.iter().map(|byte| byte ^ 0x5c).collect();
        digest_of([&outer, &digest_of([&inner, data])])
    }
}

/// The polynomial of zip, PNG and Ethernet, reflected, one byte at a time.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut rest = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 1 == 1 { rest >> 1 ^ 0xEDB8_8320 } else { rest >> 1 };
            bit += 1;
        }
        table[byte] = rest;
        byte += 1;
    }
    table
};

pub(super) fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |sum, byte| sum >> 8 ^ TABLE[((sum ^ u32::from(*byte)) & 0xff) as usize])
}
