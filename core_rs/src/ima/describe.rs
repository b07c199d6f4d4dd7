//! What kind of list this is, and what is in it, without judging it.

use std::io::Read;

use crate::error::{Error, Result};
use crate::ima::aggregate::Aggregate;
use crate::ima::binary::ListReader;
use crate::ima::format::Format;
use crate::ima::list::Entry;
use crate::ima::replay::MAX_TEMPLATES;

/// A list's form and content in numbers.
#[derive(Clone, Debug)]
pub struct Description {
    /// Byte order and template hash.
    pub format: Format,
    /// Number of entries.
    pub entries: u64,
    /// Bytes of the binary list.
    pub list_bytes: u64,
    /// How many entries are violations.
    pub violations: u64,
    /// Entries by template name, in order of first appearance.
    pub templates: Vec<(String, u64)>,
    /// The last boot aggregate: the one that counts, since a kernel carries the list of the one before over kexec.
    pub last_boot_aggregate: Option<Aggregate>,
    /// How many there are in all.
    pub boot_aggregates: u64,
}

impl Description {
    /// Describe a whole list.
    pub fn of<R: Read>(list: &mut ListReader<R>) -> Result<Self> {
        let format = list.format()?;
        let mut description = Self {
            format,
            entries: 0,
            list_bytes: 0,
            violations: 0,
            templates: Vec::new(),
            last_boot_aggregate: None,
            boot_aggregates: 0,
        };
        while let Some(entry) = list.next_entry()? {
            description.push(&entry, format)?;
        }
        description.list_bytes = list.offset();
        Ok(description)
    }

    fn push(&mut self, entry: &Entry<'_>, format: Format) -> Result<()> {
        self.entries += 1;
        self.violations += u64::from(entry.is_violation());
        if let Some((_, count)) = self.templates.iter_mut().find(|(name, _)| name == entry.template) {
            *count += 1;
        } else if self.templates.len() < MAX_TEMPLATES {
            self.templates.push((entry.template.to_owned(), 1));
        } else {
            let reason = format!("more than {MAX_TEMPLATES} different templates");
            return Err(Error::ImaFormat { index: entry.number, offset: entry.offset, reason });
        }
        if let Some(aggregate) = Aggregate::of(entry, format.endian) {
            self.boot_aggregates += 1;
            self.last_boot_aggregate = Some(aggregate);
        }
        Ok(())
    }
}
