//! The part of a line that every entry begins with: PCR and template hash.

use crate::ima::bank::{Bank, MAX_DIGEST};
use crate::ima::format::PCR_COUNT;
use crate::ima::list::Entry;

/// What a line says before the name of its template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// PCR that the entry extended.
    pub pcr: u32,
    /// Algorithm of the template hash, told from its length.
    pub bank: Bank,
    hash: [u8; MAX_DIGEST],
    /// Where the name of the template begins.
    pub end: usize,
}

impl Head {
    /// The template hash.
    pub fn hash(&self) -> &[u8] {
        &self.hash[..self.bank.size()]
    }

    /// Whether the entry is a violation.
    pub fn is_violation(&self) -> bool {
        self.hash().iter().all(|byte| *byte == 0)
    }

    /// Whether the template hash is that of `data`.
    pub fn is_hash_of(&self, template: &str, data: &[u8]) -> bool {
        let entry = Entry { number: 0, offset: 0, pcr: self.pcr, template_hash: self.hash(), template, data };
        entry.compute_hash(self.bank).as_slice() == self.hash()
    }

    /// Parse the beginning of `line`; the error says why no entry begins with it.
    pub fn parse(line: &[u8]) -> Result<Self, String> {
        let Some(pcr) = leading_pcr(line) else {
            return Err("a line that does not begin with the number of a PCR begins no entry".into());
        };
        if pcr >= PCR_COUNT {
            return Err(format!("no PCR has the number {pcr}"));
        }
        let digits = line[3..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let Some(bank) = Bank::ALL.into_iter().find(|bank| bank.size() * 2 == digits) else {
            return Err(format!(
                "a template hash of {digits} hexadecimal digits, where 40, 64, 96 or 128 are possible"
            ));
        };
        if line.get(3 + digits) != Some(&b' ') {
            return Err("no template after the template hash".into());
        }
        let mut hash = [0; MAX_DIGEST];
        hex::decode_to_slice(&line[3..3 + digits], &mut hash[..bank.size()])
            .map_err(|_| "the template hash is not hexadecimal".to_owned())?;
        Ok(Self { pcr, bank, hash, end: 3 + digits + 1 })
    }
}

/// Parse `%2d` and the blank after it.
fn leading_pcr(line: &[u8]) -> Option<u32> {
    match line {
        [b' ', ones @ b'0'..=b'9', b' ', ..] => Some(u32::from(ones - b'0')),
        [tens @ b'1'..=b'9', ones @ b'0'..=b'9', b' ', ..] => {
            Some(u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
        }
        _ => None,
    }
}

/// Whether `head`, the first bytes of something, is of an ascii list. No binary list is taken for one: the first four
/// bytes of it are a number below 64.
#[must_use]
pub fn opens_ascii(head: &[u8]) -> bool {
    leading_pcr(head).is_some()
}
