//! Which entries of a list are wanted.

use std::ops::RangeInclusive;

use crate::ima::format::Format;
use crate::ima::list::Entry;
use crate::patterns::Patterns;

/// What is asked of an entry; every question must be answered yes, and the default asks none.
#[derive(Debug, Default)]
pub struct Filter {
    /// Its number is one of these.
    pub events: Option<RangeInclusive<u64>>,
    /// It is a violation.
    pub violations: bool,
    /// Its template is one of these; empty asks nothing.
    pub templates: Vec<String>,
    /// It extended one of these PCRs; empty asks nothing.
    pub pcrs: Vec<u32>,
    /// One of these matches its path, so it has one.
    pub paths: Option<Patterns>,
}

impl Filter {
    /// Whether `entry` of a list of `format` is wanted.
    #[must_use]
    pub fn takes_entry(&self, entry: &Entry<'_>, format: Format) -> bool {
        // Fields are decoded only where a path is asked for.
        let name = || entry.fields(format.endian).and_then(|fields| fields.name());
        self.takes(entry.number, entry.pcr, entry.template, entry.is_violation(), name)
    }

    /// Whether an entry with these parts is wanted; `name` is asked for last, and only when needed.
    #[must_use]
    pub fn takes<'a>(
        &self,
        number: u64,
        pcr: u32,
        template: &str,
        is_violation: bool,
        name: impl FnOnce() -> Option<&'a [u8]>,
    ) -> bool {
        self.events.as_ref().is_none_or(|events| events.contains(&number))
            && (!self.violations || is_violation)
            && (self.templates.is_empty() || self.templates.iter().any(|wanted| wanted == template))
            && (self.pcrs.is_empty() || self.pcrs.contains(&pcr))
            && self.paths.as_ref().is_none_or(|paths| name().is_some_and(|name| paths.is_match(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patterns::Syntax;

    fn takes(filter: &Filter) -> bool {
        filter.takes(7, 10, "ima-ng", false, || Some(b"/bin/sh"))
    }

    #[test]
    fn every_question_must_be_answered_yes() {
        let paths = |glob| Some(Patterns::new(&[(Syntax::Glob, glob)]).unwrap());
        assert!(takes(&Filter::default()));
        assert!(takes(&Filter { events: Some(7..=7), ..Filter::default() }));
        assert!(!takes(&Filter { events: Some(8..=9), ..Filter::default() }));
        assert!(!takes(&Filter { violations: true, ..Filter::default() }));
        assert!(takes(&Filter { templates: vec!["ima".into(), "ima-ng".into()], ..Filter::default() }));
        assert!(!takes(&Filter { templates: vec!["ima".into()], ..Filter::default() }));
        assert!(!takes(&Filter { pcrs: vec![11], ..Filter::default() }));
        assert!(takes(&Filter { paths: paths("/bin/*"), pcrs: vec![10, 11], ..Filter::default() }));
        assert!(!takes(&Filter { paths: paths("/sbin/*"), ..Filter::default() }));
    }

    #[test]
    fn an_entry_without_a_path_matches_no_path() {
        let filter =
            Filter { paths: Some(Patterns::new(&[(Syntax::Glob, "**")]).unwrap()), ..Filter::default() };
        assert!(!filter.takes(0, 10, "x", false, || None));
        assert!(filter.takes(0, 10, "x", false, || Some(b"a\xff/b")));
    }
}
