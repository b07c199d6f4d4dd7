//! What a walk covers: roots, excludes, limits. Their digest is part of every block digest.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use sha2::{Digest as _, Sha256};

use crate::hash::Algorithms;

/// Rules that cannot be used, said in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RulesError(String);

/// What a walk covers; see the fields.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Absolute paths below the root, sorted, each once.
    pub roots: BTreeSet<PathBuf>,
    /// Files larger than this get no digest.
    pub max_file_size: u64,
    /// Digests of regular files.
    pub algorithms: Algorithms,
    /// Stay on the mount of each root.
    pub one_file_system: bool,
    /// Time after which a file that is still being read gets no digest.
    pub file_timeout: Duration,
    prefixes: BTreeSet<PathBuf>,
    patterns: BTreeSet<String>,
    globs: GlobSet,
}

impl Rules {
    /// Check and compile rules.
    ///
    /// An exclude with `*`, `?`, `[` or `{` is a glob over the whole path (`*` stops at a slash, `**` does not); any other
    /// is a path that is left out with all that is below it. A directory that a glob matches is not entered either.
    pub fn new(
        roots: impl IntoIterator<Item = PathBuf>,
        excludes: impl IntoIterator<Item = OsString>,
        max_file_size: u64,
        algorithms: Algorithms,
    ) -> Result<Self, RulesError> {
        let (mut prefixes, mut patterns) = (BTreeSet::new(), BTreeSet::new());
        for exclude in excludes {
            if exclude.as_bytes().iter().any(|byte| b"*?[{".contains(byte)) {
                let text = exclude.into_string();
                patterns.insert(
                    text.map_err(|raw| RulesError(format!("exclude {}: is not UTF-8", raw.display())))?,
                );
            } else {
                prefixes.insert(normal("exclude", exclude.as_ref())?);
            }
        }
        let mut builder = GlobSetBuilder::new();
        for pattern in &patterns {
            let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
            builder.add(glob.map_err(|error| RulesError(format!("exclude {pattern:?}: {error}")))?);
        }
        let globs = builder.build().map_err(|error| RulesError(format!("excludes: {error}")))?;
        Ok(Self {
            roots: roots.into_iter().map(|root| normal("root", &root)).collect::<Result<_, _>>()?,
            max_file_size,
            algorithms,
            one_file_system: true,
            file_timeout: Duration::from_secs(60),
            prefixes,
            patterns,
            globs,
        })
    }

    /// Whether an absolute path is left out, seen on its own (its parents have been asked before).
    #[must_use]
    pub fn excludes(&self, path: &Path) -> bool {
        self.prefixes.contains(path) || self.globs.is_match(path)
    }

    /// Whether an absolute path or a directory on the way to it is left out.
    #[must_use]
    pub fn excludes_along(&self, path: &Path) -> bool {
        path.ancestors().any(|ancestor| self.excludes(ancestor))
    }

    /// SHA-256 over `"xrattest.filesystem-rules" 00 01 ‖ n u32 ‖ lp(root)… ‖ n u32 ‖ lp(path exclude)… ‖ n u32 ‖
    /// lp(glob exclude)… ‖ largest file u64 ‖ sha256 u8 ‖ blake3 u8 ‖ one file system u8 ‖ file timeout in ms u64`, each
    /// list in the order of its bytes. The number of threads is no rule: it changes no row.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut text = b"xrattest.filesystem-rules\0\x01".to_vec();
        list(&mut text, self.roots.iter().map(|path| path.as_os_str().as_bytes()));
        list(&mut text, self.prefixes.iter().map(|path| path.as_os_str().as_bytes()));
        list(&mut text, self.patterns.iter().map(String::as_bytes));
        text.extend(self.max_file_size.to_be_bytes());
        text.extend([self.algorithms.sha256, self.algorithms.blake3, self.one_file_system].map(u8::from));
        let timeout = u64::try_from(self.file_timeout.as_millis()).unwrap_or(u64::MAX);
        text.extend(timeout.to_be_bytes());
        Sha256::digest(text).into()
    }
}

fn list<'item>(out: &mut Vec<u8>, items: impl ExactSizeIterator<Item = &'item [u8]>) {
    out.extend(length(items.len()));
    for item in items {
        out.extend(length(item.len()));
        out.extend(item);
    }
}

fn length(value: usize) -> [u8; 4] {
    // Longer ones do not exist: paths end at PATH_MAX, and a list of 2^32 roots is no configuration.
    u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()
}

/// Collapse slashes and single dots. A path that climbs is refused: what it means depends on links.
fn normal(what: &str, path: &Path) -> Result<PathBuf, RulesError> {
    let bytes = path.as_os_str().as_bytes();
    let fault = |reason| RulesError(format!("{what} {}: {reason}", path.display()));
    if !bytes.starts_with(b"/") {
        return Err(fault("is not an absolute path"));
    }
    if bytes.len() >= 4096 || bytes.contains(&0) {
        return Err(fault("is no path: it is too long or holds a zero byte"));
    }
    let mut clean = Vec::with_capacity(bytes.len());
    for part in bytes.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => return Err(fault("climbs with ..")),
            part => {
                clean.push(b'/');
                clean.extend(part);
            }
        }
    }
    Ok(if clean.is_empty() { PathBuf::from("/") } else { OsString::from_vec(clean).into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(roots: &[&str], excludes: &[&str]) -> Result<Rules, RulesError> {
        let algorithms = Algorithms { sha256: true, blake3: true };
        Rules::new(roots.iter().map(PathBuf::from), excludes.iter().map(OsString::from), 1, algorithms)
    }

    #[test]
    fn excludes_are_paths_or_globs() {
        let rules = rules(&["/"], &["/var//cache/", "/home/*/tmp", "/**/*.pyc"]).unwrap();
        for (path, excluded) in [
            ("/var/cache", true),
            ("/var/cache/x", true),
            ("/var/cached", false),
            ("/home/a/tmp/x", true),
            ("/home/a/b/tmp", false),
            ("/usr/lib/x.pyc", true),
            ("/x.pyc", true),
            ("/x.pyca", false),
        ] {
            assert_eq!(rules.excludes_along(Path::new(path)), excluded, "{path}");
        }
    }

    #[test]
    fn bad_rules_are_refused() {
        assert!(rules(&["etc"], &[]).is_err());
        assert!(rules(&["/etc/../x"], &[]).is_err());
        assert!(rules(&["/"], &["/[a"]).is_err());
    }

    #[test]
    fn the_digest_sees_every_rule_and_no_spelling() {
        let digest = |roots: &[&str], excludes: &[&str]| rules(roots, excludes).unwrap().digest();
        assert_eq!(digest(&["/b", "/a/"], &[]), digest(&["/a", "//b/."], &[]));
        assert_ne!(digest(&["/a"], &["/b"]), digest(&["/a", "/b"], &[]));
        assert_ne!(digest(&["/a"], &["/b"]), digest(&["/a"], &["/b*"]));
    }
}
