//! Globs and regular expressions over bytes, matched in time linear in the bytes.
//!
//! Patterns come from whoever verifies, the bytes they are held against from whoever is verified. An engine that
//! backtracks lets a path chosen for the pattern keep a verifier busy for years; finite automata do not, at the price of
//! look-around and back-references, which are refused.

use globset::GlobBuilder;
use regex::bytes::{RegexBuilder, RegexSet, RegexSetBuilder};

/// Most patterns of one set.
pub const MAX_PATTERNS: usize = 10_000;
/// Most bytes of all patterns of one set.
pub const MAX_PATTERN_BYTES: usize = 1 << 20;
/// Most bytes of a compiled set: bounds what one byte of input can cost.
const COMPILED_LIMIT: usize = 32 << 20;
/// Bytes of the cache of lazily built automaton states.
const CACHE_LIMIT: usize = 8 << 20;

/// Patterns that cannot be used, said in one line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatternError(String);

/// How a pattern is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// `*` and `?` stop at a slash, `**` does not; `[…]` and `{a,b}`; a backslash takes away special meaning.
    Glob,
    /// The syntax of the `regex` crate over bytes: `.` is any byte, classes are ASCII.
    Regex,
}

/// A set of patterns, each of which must match the whole of what it is held against.
#[derive(Debug, Default)]
pub struct Patterns {
    set: RegexSet,
}

impl Patterns {
    /// Check and compile patterns.
    pub fn new<S: AsRef<str>>(patterns: &[(Syntax, S)]) -> Result<Self, PatternError> {
        if patterns.len() > MAX_PATTERNS {
            return Err(PatternError(format!("{} patterns, more than {MAX_PATTERNS}", patterns.len())));
        }
        if patterns.iter().map(|(_, pattern)| pattern.as_ref().len()).sum::<usize>() > MAX_PATTERN_BYTES {
            return Err(PatternError(format!("patterns of more than {MAX_PATTERN_BYTES} bytes")));
        }
        let whole = patterns.iter().map(|(syntax, pattern)| whole(*syntax, pattern.as_ref()));
        let mut builder = RegexSetBuilder::new(whole.collect::<Result<Vec<_>, _>>()?);
        builder.unicode(false).size_limit(COMPILED_LIMIT).dfa_size_limit(CACHE_LIMIT);
        let set = builder.build().map_err(|error| PatternError(format!("the patterns together: {error}")))?;
        Ok(Self { set })
    }

    /// The index of the first pattern that matches the whole of `bytes`.
    #[must_use]
    pub fn first_match(&self, bytes: &[u8]) -> Option<usize> {
        if !self.set.is_match(bytes) {
            return None;
        }
        self.set.matches(bytes).iter().next()
    }

    /// Whether any pattern matches the whole of `bytes`.
    #[must_use]
    pub fn is_match(&self, bytes: &[u8]) -> bool {
        self.set.is_match(bytes)
    }
}

/// The regular expression that matches what `pattern` says, from its first byte to its last.
fn whole(syntax: Syntax, pattern: &str) -> Result<String, PatternError> {
    let refused = |error: &dyn std::fmt::Display| {
        // The engine explains on several lines, with the pattern and a caret; the last says why.
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        PatternError(format!("pattern {pattern:?}: {reason}"))
    };
    if syntax == Syntax::Glob {
        let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
        return Ok(format!("(?s){}", glob.map_err(|error| refused(&error))?.regex()));
    }
    // Alone first: `a)|(b` must not close the group that it is put into.
    RegexBuilder::new(pattern)
        .unicode(false)
        .dot_matches_new_line(true)
        .size_limit(COMPILED_LIMIT)
        .build()
        .map_err(|error| refused(&error))?;
    Ok(format!(r"\A(?s:{pattern})\z"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(syntax: Syntax, pattern: &str) -> Patterns {
        Patterns::new(&[(syntax, pattern)]).unwrap()
    }

    #[test]
    fn a_regex_matches_the_whole_and_any_byte() {
        let patterns = one(Syntax::Regex, "/tmp/.*");
        assert!(patterns.is_match(b"/tmp/a\nb\xff"));
        assert!(!patterns.is_match(b"x/tmp/a"));
        assert!(!one(Syntax::Regex, "/tmp").is_match(b"/tmp\n"));
        assert!(one(Syntax::Regex, "a|bc").is_match(b"bc"));
        assert!(!one(Syntax::Regex, "a|b").is_match(b"bc"));
    }

    #[test]
    fn a_glob_stops_at_a_slash_unless_doubled() {
        assert!(one(Syntax::Glob, "/var/*.log").is_match(b"/var/a\n\xfe.log"));
        assert!(!one(Syntax::Glob, "/var/*.log").is_match(b"/var/x/a.log"));
        assert!(one(Syntax::Glob, "/var/**").is_match(b"/var/x/\n/a.log"));
        assert!(!one(Syntax::Glob, "/var/**").is_match(b"/variable"));
        assert!(!one(Syntax::Glob, "/var/**").is_match(b"x/var/a"));
    }

    #[test]
    fn what_cannot_be_matched_in_linear_time_is_refused_with_its_text() {
        for pattern in
            ["(a", "a)|(b", r"(a)\1", "(?=a)b", "(?<!a)b", "a**{3", "[z-a]", "(a{1000}){1000}{1000}"]
        {
            let refusal = Patterns::new(&[(Syntax::Regex, pattern)]).unwrap_err().to_string();
            assert!(refusal.contains(&format!("{pattern:?}")), "{refusal}");
            assert!(!refusal.contains('\n'));
        }
        assert!(Patterns::new(&[(Syntax::Glob, "[a")]).is_err());
        assert!(Patterns::new(&[(Syntax::Glob, "{a")]).is_err());
    }

    #[test]
    fn sets_are_bounded() {
        assert!(Patterns::new(&vec![(Syntax::Glob, "a"); MAX_PATTERNS + 1]).is_err());
        assert!(Patterns::new(&[(Syntax::Regex, "a".repeat(MAX_PATTERN_BYTES + 1))]).is_err());
        let heavy = (0..200).map(|n| (Syntax::Regex, format!("({n}[a-z]{{200}}){{50}}"))).collect::<Vec<_>>();
        assert!(Patterns::new(&heavy).unwrap_err().to_string().contains("together"));
    }

    #[test]
    fn catastrophic_patterns_are_not() {
        let patterns = one(Syntax::Regex, "(a+)+b|(a|aa)+c|(.*a){20}d");
        assert!(!patterns.is_match(&vec![b'a'; 1 << 16]));
    }

    #[test]
    fn the_first_in_order_is_told() {
        let patterns =
            Patterns::new(&[(Syntax::Glob, "/b*"), (Syntax::Regex, "/.*"), (Syntax::Glob, "/a*")]).unwrap();
        assert_eq!(patterns.first_match(b"/ab"), Some(1));
        assert_eq!(patterns.first_match(b"/ba"), Some(0));
        assert_eq!(patterns.first_match(b"x"), None);
        assert_eq!(Patterns::default().first_match(b""), None);
    }

    proptest! {
        #[test]
        fn any_pattern_is_compiled_or_refused(pattern in ".{0,20}", bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
            for syntax in [Syntax::Glob, Syntax::Regex] {
                if let Ok(patterns) = Patterns::new(&[(syntax, &pattern)]) {
                    prop_assert_eq!(patterns.is_match(&bytes), patterns.first_match(&bytes).is_some());
                }
            }
        }

        #[test]
        fn an_escaped_text_matches_itself_alone(text in "[ -~]{1,20}", other in "[ -~]{1,20}") {
            let patterns = one(Syntax::Regex, &regex::escape(&text));
            prop_assert!(patterns.is_match(text.as_bytes()));
            prop_assert_eq!(patterns.is_match(other.as_bytes()), text == other);
        }
    }
}
